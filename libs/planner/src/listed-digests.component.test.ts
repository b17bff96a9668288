import { join } from 'node:path';
import { parseConfig, type TargetTask, targetTasks } from '@regfleet/config';
import {
  type DigestApi,
  type InMemoryRegistry,
  inMemoryRegistry,
  startAwsServer,
  startConnectProxy,
  startEcrRegistry,
  temporaryFolder,
  writeCertsDir,
} from '@regfleet/harness';
import { type Digest, silentLogger, syncRecord, syncRecordKey } from '@regfleet/model';
import { createRegistries, type Registries } from '@regfleet/registry';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { images, planWith, recordsOf, states } from './plan.fixture.ts';

const TAGS = Array.from({ length: 500 }, (_, index) => `v${index}`);
const REPOSITORIES = Array.from({ length: 10 }, (_, index) => `team/app${index}`);
const VENDORS: readonly DigestApi['vendor'][] = ['google', 'harbor', 'quay'];

// So that the SDK finds nothing of this machine.
const NO_CLOUD = {
  HOME: '/nonexistent',
  AWS_CONFIG_FILE: '/nonexistent',
  AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
  AWS_EC2_METADATA_DISABLED: 'true',
};

// Of what one HEAD a tag would come to.
const MOST_PER_TAG = 0.02;

interface Sides extends AsyncDisposable {
  readonly source: InMemoryRegistry;
  readonly target: InMemoryRegistry;
  readonly registries: Registries;
  readonly task: TargetTask;
}

interface SidesOptions {
  readonly repositories?: readonly string[];
  readonly tags?: readonly string[];
  readonly source?: DigestApi | undefined;
  readonly target?: DigestApi | undefined;
  /** YAML of one mapping's further keys. */
  readonly more?: string;
}

async function openSides(options: SidesOptions): Promise<Sides> {
  const { repositories = ['team/app0'], tags = TAGS, more = '' } = options;
  const open = (digests: DigestApi | undefined): Promise<InMemoryRegistry> =>
    inMemoryRegistry({
      repositories: repositories.map((name) => ({ name, tags })),
      ...(digests && { digests }),
    });
  const [source, target] = [await open(options.source), await open(options.target)];
  const registries = createRegistries({ logger: silentLogger, env: {} });
  return {
    source,
    target,
    registries,
    task: taskOf(
      repositories.map((from) => `{from: ${from}${more}}`),
      [
        { host: source.host, api: options.source },
        { host: target.host, api: options.target },
      ],
    ),
    async [Symbol.asyncDispose]() {
      await registries.close();
      await source.stop();
      await target.stop();
    },
  };
}

interface SideOf {
  readonly host: string;
  /** Absent: the host tells which there is. */
  readonly api: DigestApi | undefined;
}

const entryOf = ({ host, api }: SideOf): string[] =>
  api === undefined ? [] : [`'${host}': {digest-lister: ${api.vendor}}`];

function taskOf(mappings: readonly string[], sides: readonly SideOf[], more = ''): TargetTask {
  const [source, target] = sides;
  const text = `
relay: direct
${more}
registries: {${sides.flatMap(entryOf).join(', ')}}
tasks:
- name: test
  source: {registry: '${source?.host}', skip-tls-verify: true}
  target: {registry: '${target?.host}', skip-tls-verify: true}
  mappings: [${mappings.join(', ')}]
`;
  const { config, issues } = parseConfig(text, { file: 'test.yaml', env: {} });
  const [task] = (config?.tasks ?? []).flatMap(targetTasks);
  if (task === undefined) throw new Error(JSON.stringify(issues));
  return task;
}

const heads = ({ requests }: InMemoryRegistry): number => requests.count({ method: 'HEAD' });

describe('planner/plan: lists of digests', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it.each(VENDORS)(
    'asks %s for at most one request in fifty unchanged tags, on either side',
    async (vendor) => {
      await using sides = await openSides({
        repositories: REPOSITORIES,
        source: { vendor },
        target: { vendor },
      });
      const found = states(await planWith(sides.registries, sides.task));
      expect(Object.values(found)).toHaveLength(REPOSITORIES.length * TAGS.length);
      expect(new Set(Object.values(found))).toEqual(new Set(['in-sync']));
      for (const { requests } of [sides.source, sides.target])
        expect(requests.count()).toBeLessThanOrEqual(MOST_PER_TAG * REPOSITORIES.length * TAGS.length);
    },
  );

  it('asks ECR for as few', async () => {
    await using stack = new AsyncDisposableStack();
    const [account, key] = ['111111111111', 'AKIAONE'];
    const names = REPOSITORIES.flatMap((name) => [name, `mirror/${name}`]);
    const stored = stack.use(
      await inMemoryRegistry({ repositories: names.map((name) => ({ name, tags: TAGS })) }),
    );
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    const aws = stack.use(
      await startAwsServer({
        accounts: { [key]: account },
        repositories: names,
        images: (name) => TAGS.map((tag) => ({ tag, digest: stored.digestOf(name, tag), mediaType })),
      }),
    );
    const ecr = stack.use(await startEcrRegistry({ aws, account, images: stored }));
    const proxy = stack.use(await startConnectProxy({ [ecr.registry]: ecr.host }));
    const folder = stack.use(await temporaryFolder());
    const certsDir = join(folder.path, 'certs');
    await writeCertsDir(certsDir, [ecr.registry], ecr.tls);
    const cloud = { AWS_ENDPOINT_URL: aws.url, AWS_ACCESS_KEY_ID: key, AWS_SECRET_ACCESS_KEY: 'secret' };
    for (const [name, value] of Object.entries({ ...NO_CLOUD, ...cloud })) vi.stubEnv(name, value);
    const registries = createRegistries({ logger: silentLogger, env: { HTTPS_PROXY: proxy.url } });
    stack.defer(() => registries.close());
    const task = taskOf(
      REPOSITORIES.map((name) => `{from: ${name}, to: mirror/${name}}`),
      [
        { host: ecr.registry, api: undefined },
        { host: ecr.registry, api: undefined },
      ],
      `skopeo: {certs-dir: '${certsDir}'}`,
    );
    const found = states(await planWith(registries, task));
    expect(Object.values(found)).toHaveLength(REPOSITORIES.length * TAGS.length);
    expect(new Set(Object.values(found))).toEqual(new Set(['in-sync']));
    const asked = aws.operations.filter((operation) => operation === 'DescribeImages').length;
    expect(asked).toBe(2 * REPOSITORIES.length);
    expect(asked + stored.requests.count()).toBeLessThanOrEqual(
      2 * MOST_PER_TAG * REPOSITORIES.length * TAGS.length,
    );
  });

  it('lets a HEAD decide where a list shows a difference', async () => {
    await using sides = await openSides({ source: { vendor: 'harbor' }, target: { vendor: 'harbor' } });
    sides.source.moveTag('team/app0', 'v7');
    const found = states(await planWith(sides.registries, sides.task));
    expect(Object.entries(found).filter(([, state]) => state !== 'in-sync')).toEqual([
      ['team/app0:v7', 'stale'],
    ]);
    expect(sides.source.requests.count({ method: 'HEAD', path: /v7$/ })).toBe(1);
    expect(sides.target.requests.count({ method: 'HEAD', path: /v7$/ })).toBe(1);
  });

  it.each(VENDORS)('is led by no lie of %s to a copy: it costs a HEAD', async (vendor) => {
    const lie = (_: string, tag: string): string | undefined =>
      tag === 'v9' ? `sha256:${'0'.repeat(64)}` : undefined;
    await using sides = await openSides({ source: { vendor, lie }, target: { vendor } });
    const found = states(await planWith(sides.registries, sides.task));
    expect(new Set(Object.values(found))).toEqual(new Set(['in-sync']));
    expect(sides.source.requests.count({ method: 'HEAD', path: /v9$/ })).toBe(1);
  });

  it('asks one side only where the other lists', async () => {
    await using sides = await openSides({ target: { vendor: 'harbor' } });
    expect(new Set(Object.values(states(await planWith(sides.registries, sides.task))))).toEqual(
      new Set(['in-sync']),
    );
    expect(heads(sides.source)).toBe(TAGS.length);
    expect(sides.target.requests.count()).toBeLessThanOrEqual(MOST_PER_TAG * TAGS.length);
  });

  it('compares what a relay has made of an image by the record of it', async () => {
    await using sides = await openSides({
      source: { vendor: 'harbor' },
      target: { vendor: 'harbor' },
      more: ', platform: linux/amd64',
    });
    for (const tag of TAGS) sides.target.moveTag('team/app0', tag);
    const first = images(await planWith(sides.registries, sides.task));
    const records = recordsOf(
      Object.fromEntries(
        first.map(({ request }) => {
          const tag = request.target.tag ?? '';
          const digests: { sourceDigest: Digest; targetDigest: Digest } = {
            sourceDigest: sides.source.digestOf('team/app0', tag),
            targetDigest: sides.target.digestOf('team/app0', tag),
          };
          const { target, platform } = syncRecordKey(request);
          return [`${target} ${platform}`, syncRecord(request, digests)];
        }),
      ),
    );
    for (const { requests } of [sides.source, sides.target]) requests.clear();
    expect(new Set(Object.values(states(await planWith(sides.registries, sides.task, records))))).toEqual(
      new Set(['in-sync']),
    );
    expect(heads(sides.source) + heads(sides.target)).toBeLessThanOrEqual(10);
  });

  it.each<[string, SidesOptions]>([
    ['is refused', { source: { vendor: 'harbor', refusal: { status: 403, body: {} } } }],
    ['tells something else', { source: { vendor: 'quay', refusal: { status: 200, body: { hello: 1 } } } }],
    ['is not there', { source: { vendor: 'google', refusal: { status: 404, body: {} } } }],
  ])('asks about each tag where the list %s', async (_, options) => {
    await using sides = await openSides(options);
    expect(new Set(Object.values(states(await planWith(sides.registries, sides.task))))).toEqual(
      new Set(['in-sync']),
    );
    expect(heads(sides.source)).toBe(TAGS.length);
  });

  it('reads no list for a few tags, nor more of a list than the tags are worth', async () => {
    const harbor: DigestApi = { vendor: 'harbor' };
    await using few = await openSides({ source: harbor, target: harbor, more: ', tags: [v1, v2, v3]' });
    await planWith(few.registries, few.task);
    expect(few.source.requests.count({ kind: 'digests' })).toBe(0);
    const some = TAGS.slice(0, 20).join(', ');
    await using more = await openSides({ source: harbor, target: harbor, more: `, tags: [${some}]` });
    await planWith(more.registries, more.task);
    expect(more.source.requests.count({ kind: 'digests' })).toBe(2);
  });

  it('takes no list for the last word on tags that cannot change', async () => {
    const google: DigestApi = { vendor: 'google' };
    await using sides = await openSides({
      source: google,
      target: google,
      more: ", immutable: ['regex: v.*']",
    });
    const records = recordsOf();
    await planWith(sides.registries, sides.task, records);
    // Those that were asked about before the list was worth its while.
    const recorded = records.kept.size;
    expect(recorded).toBe(sides.target.requests.count({ method: 'HEAD' }));
    expect(recorded).toBeLessThan(5);
    sides.target.requests.clear();
    await planWith(sides.registries, sides.task, records);
    expect(records.kept.size - recorded).toBe(sides.target.requests.count({ method: 'HEAD' }));
    expect(records.kept.size - recorded).toBeLessThan(5);
  });
});
