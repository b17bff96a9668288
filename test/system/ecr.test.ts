import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type AwsServer,
  type EcrRegistry,
  fillRegistry,
  listTags,
  pullEverything,
  Regfleet,
  startAwsServer,
  startConnectProxy,
  startEcrRegistry,
  startRegistry,
  type TestRegistry,
  temporaryFolder,
  writeCertsDir,
} from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Run } from './site.ts';

// How long tokens are valid, and for how many such times the copying goes on; 5 and 12 make it a minute.
const { ECR_TEST_LIFETIME_S = '4', ECR_TEST_LIFETIMES = '3' } = process.env;
const LIFETIME_MS = Number(ECR_TEST_LIFETIME_S) * 1000;
const LIFETIMES = Number(ECR_TEST_LIFETIMES);

const SOURCE_ACCOUNT = '111111111111';
const TARGET_ACCOUNT = '222222222222';
const REPOSITORIES = ['team/one', 'team/two', 'three'];

// One image after the other, each with several requests a side that take so long at least.
const LATENCY_MS = 100;
const REQUESTS_PER_IMAGE = 10;
const TAGS = Array.from(
  { length: Math.ceil((LIFETIMES * LIFETIME_MS) / (LATENCY_MS * REQUESTS_PER_IMAGE) / REPOSITORIES.length) },
  (_, index) => `1.0.${index}`,
);

interface TwoAccounts extends AsyncDisposable {
  readonly aws: AwsServer;
  readonly source: EcrRegistry;
  readonly target: EcrRegistry;
  /** Behind `target`. */
  readonly images: TestRegistry;
  command(config: object): Promise<Regfleet>;
}

async function openAccounts(): Promise<TwoAccounts> {
  const stack = new AsyncDisposableStack();
  const use = async <T extends AsyncDisposable>(started: Promise<T>): Promise<T> => stack.use(await started);
  const [sourceImages, images] = await Promise.all([use(startRegistry()), use(startRegistry())]);
  const keys = { AKIASOURCE: SOURCE_ACCOUNT, AKIATARGET: TARGET_ACCOUNT };
  const aws = await use(startAwsServer({ accounts: keys, tokenLifetimeMs: LIFETIME_MS }));
  const ecr = (account: string, stored: TestRegistry): Promise<EcrRegistry> =>
    use(startEcrRegistry({ aws, account, images: stored, latencyMs: LATENCY_MS }));
  const [source, target] = [await ecr(SOURCE_ACCOUNT, sourceImages), await ecr(TARGET_ACCOUNT, images)];
  const proxy = await use(
    startConnectProxy({ [source.registry]: source.host, [target.registry]: target.host }),
  );
  const folder = await use(temporaryFolder());
  await fillRegistry(
    sourceImages,
    REPOSITORIES.map((repository) => ({ repository, tags: TAGS })),
  );
  const certsDir = join(folder.path, 'certs');
  await writeCertsDir(certsDir, [source.registry, target.registry], source.tls);
  const profile = (name: string, key: string): string =>
    `[${name}]\naws_access_key_id = ${key}\naws_secret_access_key = secret\n`;
  const profiles = join(folder.path, 'credentials');
  await writeFile(profiles, profile('staging', 'AKIASOURCE') + profile('production', 'AKIATARGET'));
  const env = {
    HOME: folder.path,
    HTTPS_PROXY: proxy.url,
    AWS_ENDPOINT_URL: aws.url,
    AWS_SHARED_CREDENTIALS_FILE: profiles,
    AWS_CONFIG_FILE: '/nonexistent',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  const command = async (config: object): Promise<Regfleet> => {
    const file = join(folder.path, 'config.yaml');
    await writeFile(file, stringify({ skopeo: { 'certs-dir': certsDir }, ...config }));
    return new Regfleet({ config: file, env });
  };
  return { aws, source, target, images, command, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const configOf = (
  { source, target }: TwoAccounts,
  mappings: object[] = REPOSITORIES.map((from) => ({ from, to: `mirror/${from}` })),
): object => ({
  relay: 'direct',
  registries: {
    [target.registry]: { aws: { profile: 'production' }, ecr: { tags: { team: 'platform' } } },
  },
  tasks: [
    {
      name: 'between-accounts',
      source: { registry: source.registry, aws: { profile: 'staging' } },
      target: { registry: target.registry, ecr: { 'scan-on-push': true } },
      mappings,
    },
  ],
});

describe('system/ecr', () => {
  it('copies between two accounts for several lifetimes of their tokens, fetching each once', async () => {
    await using accounts = await openAccounts();
    const { aws, source, target, images } = accounts;
    const regfleet = await accounts.command(configOf(accounts));

    const [run] = (await regfleet.json(['sync', '--once', '--concurrency', '1'])) as Run[];
    const copied = REPOSITORIES.length * TAGS.length;
    expect(run).toMatchObject({ outcome: 'succeeded', counts: { copied, failed: 0 }, errors: [] });
    for (const repository of REPOSITORIES) {
      expect(await listTags(images, `mirror/${repository}`)).toHaveLength(TAGS.length);
    }
    await pullEverything(images, 'mirror/three', '1.0.0');

    expect({ source: source.refusals, target: target.refusals }).toEqual({ source: [], target: [] });
    for (const account of [SOURCE_ACCOUNT, TARGET_ACCOUNT]) {
      const tokens = aws.tokens(account);
      expect(tokens.length, account).toBeGreaterThanOrEqual(LIFETIMES);
      // The next one is fetched in the last fifth of a lifetime, never while there is a fresher one.
      for (const [index, { issuedAtMs }] of tokens.slice(1).entries()) {
        expect(issuedAtMs - (tokens[index]?.issuedAtMs ?? 0)).toBeGreaterThanOrEqual(LIFETIME_MS * 0.8 - 1);
      }
    }

    expect(aws.operations.filter((operation) => operation === 'CreateRepository')).toHaveLength(
      REPOSITORIES.length,
    );
    expect(aws.repositories(TARGET_ACCOUNT).get('mirror/three')?.settings).toMatchObject({
      imageScanningConfiguration: { scanOnPush: true },
      tags: [{ Key: 'team', Value: 'platform' }],
    });
    expect(aws.repositories(SOURCE_ACCOUNT).size).toBe(0);
  });

  it('copies with skopeo by the same tokens and the same folder of certificates', async () => {
    await using accounts = await openAccounts();
    const mappings = [{ from: 'three', tags: ['1.0.0'] }];
    const regfleet = await accounts.command(configOf(accounts, mappings));
    const [run] = (await regfleet.json(['sync', '--once', '--relay', 'skopeo'])) as Run[];
    expect(run).toMatchObject({ outcome: 'succeeded', counts: { copied: 1 } });
    await pullEverything(accounts.images, 'three', '1.0.0');
    expect(accounts.target.refusals).toEqual([]);
  });

  it('tells by login-check as whom it logs in to each account', async () => {
    await using accounts = await openAccounts();
    const regfleet = await accounts.command(configOf(accounts));
    expect(await regfleet.json(['login-check'])).toMatchObject([
      { side: 'source', account: 'staging', provider: 'ecr', result: 'logged-in' },
      { side: 'target', account: 'production', provider: 'ecr', result: 'logged-in' },
    ]);
  });
});
