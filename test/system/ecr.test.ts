import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type AwsServer,
  type EcrRegistry,
  type EcrRegistryOptions,
  fillRegistry,
  listTags,
  makeImage,
  pullEverything,
  pushImage,
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

// How long tokens are valid, and for how many such times the copying goes on; CONTRIBUTING.md names both.
const { ECR_TEST_LIFETIME_S = '4', ECR_TEST_LIFETIMES = '3' } = process.env;
const LIFETIME_MS = Number(ECR_TEST_LIFETIME_S) * 1000;
const LIFETIMES = Number(ECR_TEST_LIFETIMES);

const SOURCE_ACCOUNT = '111111111111';
const TARGET_ACCOUNT = '222222222222';
const REPOSITORIES = ['team/one', 'team/two', 'three'];

// Stands for the API of ECR; it is only reached by the proxy, and the harness's certificate is for such names.
const API_HOST = 'api.dkr.ecr.eu-west-1.amazonaws.com';

// So many images at once, each with several requests after one another that take so long at least.
const CONCURRENCY = 4;
const LATENCY_MS = 200;
const REQUESTS_IN_A_ROW = 6;
const IMAGE_MS = (LATENCY_MS * REQUESTS_IN_A_ROW) / CONCURRENCY;
const TAGS = Array.from(
  { length: Math.ceil((LIFETIMES * LIFETIME_MS) / IMAGE_MS / REPOSITORIES.length) },
  (_, index) => `1.0.${index}`,
);

// A layer that takes twice the lifetime of a token to go up.
const SLOW_BYTES_PER_SECOND = 512 * 1024;
const LARGE_BYTES = Math.ceil((2 * LIFETIME_MS * SLOW_BYTES_PER_SECOND) / 1000);

interface TwoAccounts extends AsyncDisposable {
  readonly aws: AwsServer;
  readonly source: EcrRegistry;
  readonly target: EcrRegistry;
  /** Behind `source`. */
  readonly sourceImages: TestRegistry;
  /** Behind `target`. */
  readonly images: TestRegistry;
  command(config: object): Promise<Regfleet>;
}

async function openAccounts(
  limits: Pick<EcrRegistryOptions, 'latencyMs' | 'uploadBytesPerSecond'> = {},
): Promise<TwoAccounts> {
  const stack = new AsyncDisposableStack();
  const use = async <T extends AsyncDisposable>(started: Promise<T>): Promise<T> => stack.use(await started);
  const [sourceImages, images] = await Promise.all([use(startRegistry()), use(startRegistry())]);
  const keys = { AKIASOURCE: SOURCE_ACCOUNT, AKIATARGET: TARGET_ACCOUNT };
  const aws = await use(startAwsServer({ accounts: keys, tokenLifetimeMs: LIFETIME_MS, tls: true }));
  const ecr = (account: string, stored: TestRegistry): Promise<EcrRegistry> =>
    use(startEcrRegistry({ aws, account, images: stored, latencyMs: LATENCY_MS, ...limits }));
  const [source, target] = [await ecr(SOURCE_ACCOUNT, sourceImages), await ecr(TARGET_ACCOUNT, images)];
  const proxy = await use(
    startConnectProxy({
      [source.registry]: source.host,
      [target.registry]: target.host,
      [API_HOST]: aws.host,
    }),
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
  const authority = join(folder.path, 'ca.crt');
  await writeFile(authority, aws.tls?.ca ?? '');
  const profiles = join(folder.path, 'credentials');
  await writeFile(profiles, profile('staging', 'AKIASOURCE') + profile('production', 'AKIATARGET'));
  const env = {
    HOME: folder.path,
    HTTPS_PROXY: proxy.url,
    AWS_ENDPOINT_URL: `https://${API_HOST}`,
    NODE_EXTRA_CA_CERTS: authority,
    AWS_SHARED_CREDENTIALS_FILE: profiles,
    AWS_CONFIG_FILE: '/nonexistent',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  const command = async (config: object): Promise<Regfleet> => {
    const file = join(folder.path, 'config.yaml');
    await writeFile(file, stringify({ skopeo: { 'certs-dir': certsDir }, ...config }));
    return new Regfleet({ config: file, env, timeoutMs: 60_000 + 2 * LIFETIMES * LIFETIME_MS });
  };
  return {
    aws,
    source,
    target,
    sourceImages,
    images,
    command,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
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

    const [run] = (await regfleet.json(['sync', '--once', '--concurrency', String(CONCURRENCY)])) as Run[];
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

  it('goes on with an image whose layer takes longer than a token lives', async () => {
    await using accounts = await openAccounts({ uploadBytesPerSecond: SLOW_BYTES_PER_SECOND });
    const { aws, sourceImages, images, target } = accounts;
    const image = makeImage({ layers: [{ sizeBytes: LARGE_BYTES, seed: 'large' }] });
    await pushImage(sourceImages, 'large', '1.0', image);
    const regfleet = await accounts.command(configOf(accounts, [{ from: 'large' }]));
    const [run] = (await regfleet.json(['sync', '--once'])) as Run[];
    expect(run).toMatchObject({ outcome: 'succeeded', counts: { copied: 1, failed: 0 } });
    await pullEverything(images, 'large', '1.0');
    expect(target.refusals).toEqual([]);
    expect(aws.tokens(TARGET_ACCOUNT).length).toBeGreaterThanOrEqual(2);
  });

  it('copies with skopeo by the same tokens and the same folder of certificates', async () => {
    // skopeo is handed one token for a whole copy.
    await using accounts = await openAccounts({ latencyMs: 0 });
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
