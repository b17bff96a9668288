import { type DigestApi, inMemoryRegistry, startAwsServer } from '@regfleet/harness';
import type { Digest, DigestListerChoice } from '@regfleet/model';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { locationOf as cloudLocation, stubCloudEnvironment } from '../credentials/scenario.contract.ts';
import { testRegistries } from '../registries.fixture.ts';
import {
  type DigestScenario,
  type DigestScenarioOptions,
  describeDigestLister,
} from './digest-lister.contract.ts';

const REPOSITORY = 'team/tools/app';
const TAGS = Array.from({ length: 250 }, (_, index) => `v${index}`);
const REFUSAL = { status: 403, body: { errors: [{ code: 'FORBIDDEN', message: 'forbidden' }] } };

async function open(
  vendor: DigestApi['vendor'],
  { isRefused = false, lie }: DigestScenarioOptions,
): Promise<DigestScenario> {
  const registry = await inMemoryRegistry({
    repositories: [{ name: REPOSITORY, tags: TAGS }],
    pageLimit: 100,
    digests: { vendor, ...(lie && { lie }), ...(isRefused && { refusal: REFUSAL }) },
  });
  const scenario = testRegistries();
  return {
    client: scenario.connect({ host: registry.host }, { digestLister: vendor }),
    repository: REPOSITORY,
    digests: new Map(TAGS.map((tag) => [tag, registry.digestOf(REPOSITORY, tag)])),
    requests: () => registry.requests.count({ kind: vendor === 'google' ? 'tags' : 'digests' }),
    async [Symbol.asyncDispose]() {
      await scenario[Symbol.asyncDispose]();
      await registry.stop();
    },
  };
}

describeDigestLister('registry/digests/google', (options) => open('google', options));
describeDigestLister('registry/digests/harbor', (options) => open('harbor', options));
describeDigestLister('registry/digests/quay', (options) => open('quay', options));

const ACCOUNT = '111111111111';

describeDigestLister('registry/digests/ecr', async ({ isRefused, lie }) => {
  await using images = await inMemoryRegistry({ repositories: [{ name: REPOSITORY, tags: TAGS }] });
  const digests = new Map<string, Digest>(TAGS.map((tag) => [tag, images.digestOf(REPOSITORY, tag)]));
  const aws = await startAwsServer({
    accounts: { AKIAONE: ACCOUNT },
    repositories: [REPOSITORY],
    pageSize: 100,
    images: (name) =>
      [...digests].map(([tag, digest]) => ({
        tag,
        digest: lie?.(name, tag) ?? digest,
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
      })),
  });
  if (isRefused) aws.failNext({ name: 'AccessDeniedException', status: 400, count: 2 });
  stubCloudEnvironment({
    AWS_ENDPOINT_URL: aws.url,
    AWS_ACCESS_KEY_ID: 'AKIAONE',
    AWS_SECRET_ACCESS_KEY: 'secret',
  });
  const scenario = testRegistries();
  return {
    client: scenario.registries.connect(cloudLocation(`${ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com`)),
    repository: REPOSITORY,
    digests,
    requests: () => aws.operations.filter((operation) => operation === 'DescribeImages').length,
    async [Symbol.asyncDispose]() {
      await scenario[Symbol.asyncDispose]();
      await aws.stop();
    },
  };
});

describe('registry/digests/ecr', () => {
  it('takes a repository that is still to be made for an empty one, which is no refusal', async () => {
    const aws = await startAwsServer({ accounts: { AKIAONE: ACCOUNT } });
    stubCloudEnvironment({
      AWS_ENDPOINT_URL: aws.url,
      AWS_ACCESS_KEY_ID: 'AKIAONE',
      AWS_SECRET_ACCESS_KEY: 'secret',
    });
    await using scenario = testRegistries();
    const client = scenario.registries.connect(cloudLocation(`${ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com`));
    for (const repository of ['new/one', 'new/two', 'new/three'])
      expect((await Array.fromAsync(client.listDigests(repository) ?? [])).flat()).toEqual([]);
    expect(aws.operations).toEqual(['DescribeImages', 'DescribeImages', 'DescribeImages']);
    await aws.stop();
    vi.unstubAllEnvs();
  });
});

describe('registry/digests', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it.each<[DigestApi['vendor'], string, string]>([
    ['harbor', 'robot$mirror', `Basic ${Buffer.from('robot$mirror:s3cret').toString('base64')}`],
    ['quay', '$oauthtoken', 'Bearer s3cret'],
  ])('shows %s the login of the registry, as it wants it', async (vendor, username, authorization) => {
    await using registry = await inMemoryRegistry({
      repositories: [{ name: REPOSITORY, tags: ['v1'] }],
      digests: { vendor, authorization },
    });
    await using scenario = testRegistries();
    const place = { host: registry.host, credentials: { username, password: 's3cret' } };
    const client = scenario.connect(place, { digestLister: vendor });
    const pages = await Array.fromAsync(client.listDigests(REPOSITORY) ?? []);
    expect(pages.flat()).toMatchObject([{ tag: 'v1', digest: registry.digestOf(REPOSITORY, 'v1') }]);
  });

  it('does not show Quay a password, which its API would not take', async () => {
    await using registry = await inMemoryRegistry({
      repositories: [{ name: REPOSITORY, tags: ['v1'] }],
      digests: { vendor: 'quay' },
    });
    await using scenario = testRegistries();
    const credentials = { username: 'team+robot', password: 's3cret' };
    const client = scenario.connect({ host: registry.host, credentials }, { digestLister: 'quay' });
    expect((await Array.fromAsync(client.listDigests(REPOSITORY) ?? [])).flat()).toHaveLength(1);
  });

  it.each<[string, boolean]>([
    ['gcr.io', true],
    ['eu.gcr.io', true],
    ['europe-west1-docker.pkg.dev', true],
    ['quay.io', true],
    ['111111111111.dkr.ecr.eu-west-1.amazonaws.com', true],
    ['public.ecr.aws', false],
    ['docker.io', false],
    ['evil-gcr.io', false],
    ['gcr.io.example.com', false],
    ['registry.example.com:5000', false],
  ])('knows %s by its host: %s', async (host, isKnown) => {
    await using scenario = testRegistries();
    const pages = scenario.connect({ host }).listDigests('team/app');
    expect(pages !== undefined).toBe(isKnown);
  });

  it('asks nothing where the operator says none, and as the operator says elsewhere', async () => {
    await using scenario = testRegistries();
    const listed = (host: string, digestLister: DigestListerChoice) =>
      scenario.connect({ host }, { digestLister }).listDigests('team/app') !== undefined;
    expect(listed('quay.io', 'none')).toBe(false);
    expect(listed('registry.example.com', 'harbor')).toBe(true);
  });
});
