import { afterEach, beforeEach, expect, it } from 'vitest';
import { testRegistries } from '../registries.fixture.ts';
import { describeCloud } from './cloud.fixture.ts';
import { locationOf } from './scenario.contract.ts';

// With AWS credentials as the SDK finds them.
const NEEDS = { registry: 'REGFLEET_CLOUD_ECR_REGISTRY' } as const;

describeCloud('registry/credentials/ecr in the cloud', NEEDS, ({ registry }) => {
  let scenario: ReturnType<typeof testRegistries>;
  beforeEach(() => {
    scenario = testRegistries({ env: process.env });
  });
  afterEach(() => scenario[Symbol.asyncDispose]());

  const location = locationOf(registry, { authRefreshMs: 3_600_000 });

  it('logs in with a token of the AWS identity', async () => {
    const client = scenario.registries.connect(location);
    await client.ping();
    expect(client.hasAskedForLogin).toBe(true);
    expect(await scenario.registries.provider(location)).toBe('ecr');
    const credentials = await scenario.registries.credentials(location);
    expect(credentials?.username).toBe('AWS');
    expect(credentials?.expiresAtMs).toBeGreaterThan(Date.now());
  });

  it('lists the repositories of the account, and the tags of one', async () => {
    const names = await scenario.registries.lister(location, { maxItems: 1, cacheDurationMs: 0 }).list();
    expect(names.length).toBeGreaterThan(0);
    const tags = scenario.registries.connect(location).listTags(names[0] ?? '');
    for await (const page of tags) expect(page.length).toBeGreaterThanOrEqual(0);
  });

  it('says that it knows no repository of a name that nobody has', async () => {
    const tags = scenario.registries.connect(location).listTags('regfleet/does-not-exist');
    await expect(Array.fromAsync(tags)).rejects.toMatchObject({ code: 'REPOSITORY_UNKNOWN' });
  });
});

const PUBLIC = { account: 'REGFLEET_CLOUD_ECR_PUBLIC_ACCOUNT' } as const;

describeCloud('registry/credentials/ecr in the public cloud', PUBLIC, ({ account }) => {
  it('logs in for the account', async () => {
    await using scenario = testRegistries({ env: process.env });
    const location = locationOf('public.ecr.aws', { ecrPublic: { account }, authRefreshMs: 3_600_000 });
    await scenario.registries.connect(location).ping();
    expect(await scenario.registries.provider(location)).toBe('ecr');
  });
});
