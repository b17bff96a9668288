import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AwsServer, type AwsServerOptions, startAwsServer, temporaryFolder } from '@regfleet/harness';
import type { Location } from '@regfleet/model';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { CredentialDeps } from '../deps.ts';
import { describeCredentialProvider } from '../provider.contract.ts';
import { depsOf, locationOf, stubCloudEnvironment } from '../scenario.contract.ts';
import { ecrAmbient, ecrConfigured } from './provider.ts';

const ACCOUNT = '111111111111';
const REGISTRY = `${ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com`;
const HOUR = 3_600_000;

interface Scenario extends AsyncDisposable {
  readonly aws: AwsServer;
  readonly deps: CredentialDeps;
}

async function openAws(options: Partial<AwsServerOptions> = {}): Promise<Scenario> {
  const aws = await startAwsServer({ accounts: { AKIAONE: ACCOUNT }, ...options });
  stubCloudEnvironment({
    AWS_ENDPOINT_URL: aws.url,
    AWS_ACCESS_KEY_ID: 'AKIAONE',
    AWS_SECRET_ACCESS_KEY: 'secret-one',
  });
  const deps = depsOf();
  const close = async (): Promise<void> => {
    await deps.clouds.close();
    await aws.stop();
  };
  return { aws, deps, [Symbol.asyncDispose]: close };
}

afterEach(() => {
  vi.unstubAllEnvs();
});

const get = (location: Location, deps: CredentialDeps) => ecrAmbient.open(location, deps).get();

describeCredentialProvider('registry/credentials/ecr', async () => {
  const scenario = await openAws();
  const { aws } = scenario;
  return {
    ...scenario,
    provider: ecrAmbient,
    location: locationOf(REGISTRY),
    username: 'AWS',
    password: () => aws.passwords(ACCOUNT).at(-1),
    rotate: async () => undefined,
    ruin: async () => aws.failNext({ name: 'AccessDeniedException', status: 400 }),
  };
});

describe('registry/credentials/ecr', () => {
  it('asks in the region of the host, whatever the environment says', async () => {
    await using scenario = await openAws();
    vi.stubEnv('AWS_REGION', 'us-east-2');
    await get(locationOf(REGISTRY), scenario.deps);
    expect(scenario.aws.requests[0]?.headers.authorization).toContain('/eu-west-1/ecr/aws4_request');
  });

  it('fetches one token for all locations of an identity, and renews it before it expires', async () => {
    await using scenario = await openAws({ tokenLifetimeMs: 12 * HOUR });
    const clock = { ms: Date.now() };
    const deps = { ...scenario.deps, now: () => clock.ms };
    const locations = [locationOf(REGISTRY), locationOf(REGISTRY), locationOf(`${REGISTRY}/team`)];
    await Promise.all(locations.map((location) => get(location, deps)));
    expect(scenario.aws.passwords(ACCOUNT)).toHaveLength(1);
    clock.ms += 12 * HOUR - 60_000;
    await Promise.all(locations.map((location) => get(location, deps)));
    expect(scenario.aws.passwords(ACCOUNT)).toHaveLength(2);
  });

  it('takes the place of a configured auth where auth-refresh is set, and renews at that age', async () => {
    await using scenario = await openAws();
    const clock = { ms: Date.now() };
    const deps = { ...scenario.deps, now: () => clock.ms };
    const refreshed = locationOf(REGISTRY, { auth: { kind: 'anonymous' }, authRefreshMs: HOUR });
    expect(ecrConfigured.appliesTo(refreshed)).toBe(true);
    const provider = ecrConfigured.open(refreshed, deps);
    await provider.get();
    clock.ms += HOUR;
    await provider.get();
    expect(scenario.aws.passwords(ACCOUNT)).toHaveLength(2);
  });

  it('uses several accounts at once: by profile, by assumed role, by environment', async () => {
    const role = 'arn:aws:iam::333333333333:role/puller';
    await using scenario = await openAws({
      accounts: { AKIAONE: ACCOUNT, AKIATWO: '222222222222' },
      roles: { [role]: '333333333333' },
    });
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'credentials');
    await writeFile(file, '[two]\naws_access_key_id = AKIATWO\naws_secret_access_key = secret-two\n');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', file);
    const answers = await Promise.all([
      get(locationOf(REGISTRY), scenario.deps),
      get(locationOf(REGISTRY, { aws: { profile: 'two' } }), scenario.deps),
      get(locationOf(REGISTRY, { aws: { roleArn: role } }), scenario.deps),
    ]);
    expect(answers.map((answer) => answer?.secret.reveal().slice(0, 12))).toEqual([
      '111111111111',
      '222222222222',
      '333333333333',
    ]);
  });

  it('resolves the identity anew when AWS does not know the old one any more', async () => {
    await using scenario = await openAws({ accounts: { AKIANEW: ACCOUNT } });
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'credentials');
    const write = (key: string): Promise<void> =>
      writeFile(file, `[default]\naws_access_key_id = ${key}\naws_secret_access_key = s\n`);
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', file);
    await write('AKIAOLD');
    await expect(get(locationOf(REGISTRY), scenario.deps)).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    await write('AKIANEW');
    expect(await get(locationOf(REGISTRY), scenario.deps)).toBeDefined();
  });

  it('asks once more where AWS has come to refuse the identity it knew', async () => {
    await using scenario = await openAws();
    const provider = ecrAmbient.open(locationOf(REGISTRY), scenario.deps);
    await provider.get();
    provider.forget?.();
    scenario.aws.failNext({ name: 'ExpiredTokenException', status: 400 });
    expect((await provider.get())?.secret.reveal()).toBe(scenario.aws.passwords(ACCOUNT)[1]);
  });

  it('logs in to public ECR for the account that is named, in us-east-1', async () => {
    await using scenario = await openAws();
    const location = locationOf('public.ecr.aws', { ecrPublic: { account: ACCOUNT } });
    expect((await get(location, scenario.deps))?.username).toBe('AWS');
    expect(scenario.aws.requests[0]?.headers.authorization).toContain('/us-east-1/ecr-public/');
  });

  it('leaves public ECR anonymous where no account is named', () => {
    expect(ecrAmbient.appliesTo(locationOf('public.ecr.aws'))).toBe(false);
  });

  it.each([
    ['UnrecognizedClientException', 400, 'UNAUTHORIZED', 'permanent'],
    ['ExpiredTokenException', 400, 'UNAUTHORIZED', 'permanent'],
    ['AccessDeniedException', 400, 'DENIED', 'permanent'],
    ['ThrottlingException', 400, 'RATE_LIMITED', 'rate-limited'],
    ['ServerException', 500, 'SERVER_FAILED', 'retryable'],
    ['InvalidParameterException', 400, 'REQUEST_REFUSED', 'permanent'],
  ])('classifies %s', async (name, status, code, kind) => {
    await using scenario = await openAws();
    scenario.aws.failNext({ name, status, count: 9 });
    await expect(get(locationOf(REGISTRY), scenario.deps)).rejects.toMatchObject({
      code,
      kind,
      registry: REGISTRY,
      message: expect.stringMatching(/^aws: cannot get a token/),
    });
  });

  it('waits out a short throttling', async () => {
    await using scenario = await openAws();
    scenario.aws.failNext({ name: 'ThrottlingException', status: 400 });
    expect(await get(locationOf(REGISTRY), scenario.deps)).toBeDefined();
  });

  it('names the role that cannot be assumed', async () => {
    await using scenario = await openAws();
    const roleArn = 'arn:aws:iam::999999999999:role/none';
    await expect(get(locationOf(REGISTRY, { aws: { roleArn } }), scenario.deps)).rejects.toMatchObject({
      code: 'DENIED',
      message: expect.stringContaining(`as role ${roleArn}`),
      hint: expect.stringContaining('assume'),
    });
  });

  it('says that no AWS credentials are there, instead of becoming anonymous', async () => {
    await using scenario = await openAws();
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
    await expect(get(locationOf(REGISTRY), scenario.deps)).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
      hint: expect.stringContaining('AWS_PROFILE'),
    });
  });

  it('names the region in which the API is out of reach', async () => {
    await using scenario = await openAws();
    await scenario.aws.stop();
    const location = locationOf('public.ecr.aws', { ecrPublic: { account: ACCOUNT, region: 'eu-west-9' } });
    await expect(get(location, scenario.deps)).rejects.toMatchObject({
      code: 'NETWORK_FAILED',
      hint: expect.stringContaining('eu-west-9'),
    });
  });

  it('asks ECR and STS by the proxy of the environment, unless NO_PROXY names them', async () => {
    const role = 'arn:aws:iam::222222222222:role/mirror';
    await using scenario = await openAws({ roles: { [role]: ACCOUNT } });
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://aws.invalid');
    const location = locationOf(REGISTRY, { aws: { roleArn: role } });
    // A proxy is sent requests without TLS as they are, which the server answers as its own.
    const env = { HTTP_PROXY: scenario.aws.url };
    const [proxied, direct] = [depsOf({ env }), depsOf({ env: { ...env, NO_PROXY: 'aws.invalid' } })];
    expect((await get(location, proxied))?.secret.reveal()).toBe(scenario.aws.passwords(ACCOUNT).at(-1));
    expect(scenario.aws.operations).toEqual(['AssumeRole', 'GetAuthorizationToken']);
    await expect(get(location, direct)).rejects.toMatchObject({ code: 'NETWORK_FAILED' });
    await Promise.all([proxied.clouds.close(), direct.clouds.close()]);
  });

  it('ends with the reason of an abort', async () => {
    await using scenario = await openAws();
    const provider = ecrAmbient.open(locationOf(REGISTRY), scenario.deps);
    const signal = AbortSignal.abort(new Error('shutting down'));
    await expect(provider.get({ signal })).rejects.toThrow('shutting down');
  });
});
