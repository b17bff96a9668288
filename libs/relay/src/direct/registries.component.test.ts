import {
  listTags,
  type MadeIndex,
  makeIndex,
  pullEverything,
  pushIndex,
  type Resource,
  startRegistry,
  startTokenServer,
  type TestRegistry,
} from '@regfleet/harness';
import { localPlatform, silentLogger } from '@regfleet/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RelayUnderTest } from '../relay.fixture.ts';
import { directRelay } from './definition.ts';

const USER = { username: 'robot', password: 'p"ass:wörd' };
const OTHER_PLATFORM = { os: 'linux', architecture: 's390x' };

interface Started {
  readonly registry: TestRegistry;
  /** What it needs besides. */
  readonly helpers: readonly Resource[];
}

const alone = async (starting: Promise<TestRegistry>): Promise<Started> => ({
  registry: await starting,
  helpers: [],
});

const KINDS = {
  'plain HTTP': () => alone(startRegistry()),
  'TLS of our own authority': () => alone(startRegistry({ tls: true })),
  'a client certificate required': () => alone(startRegistry({ clientCertificate: true })),
  'user and password': () => alone(startRegistry({ htpasswd: USER })),
  'tokens of 60 s for single repositories': async () => {
    const tokenServer = await startTokenServer({ users: [USER], expiresInSeconds: 60 });
    return { registry: await startRegistry({ tokenServer }), helpers: [tokenServer] };
  },
};

describe.each(Object.entries(KINDS))('relay/direct/registries with %s', (_kind, start) => {
  let started: Started;
  let registry: TestRegistry;
  let plain: TestRegistry;
  let relay: RelayUnderTest;
  let index: MadeIndex;

  beforeAll(async () => {
    [started, plain] = await Promise.all([start(), startRegistry()]);
    registry = started.registry;
    relay = new RelayUnderTest(await directRelay.open({}, { logger: silentLogger }));
    const platforms = [localPlatform(), OTHER_PLATFORM];
    index = makeIndex(
      platforms.map((platform) => ({
        layers: ['shared', { sizeBytes: 1_000_000, seed: `${platform.architecture}` }],
        platform,
      })),
    );
    await pushIndex(plain, 'team/app', 'v1', index);
    await pushIndex(registry, 'team/app', 'v1', index);
  });

  afterAll(async () => {
    await relay?.[Symbol.asyncDispose]();
    const helpers = started?.helpers ?? [];
    await Promise.all([registry, plain, ...helpers].map((resource) => resource?.stop()));
  });

  const all = { platform: 'all' };
  const digestsOf = async (at: TestRegistry, repository: string): Promise<readonly string[]> =>
    (await pullEverything(at, repository, 'v1')).manifests.map(({ digest }) => digest);
  const whole = (): readonly string[] => [index.digest, ...index.images.map(({ digest }) => digest)];

  it('copies an index to it, and finds it unchanged', async () => {
    const copy = () => relay.copy([plain, 'team/app:v1'], [registry, 'mirror/app:v1'], all);
    expect(await copy()).toMatchObject({ outcome: 'copied', targetDigest: index.digest });
    expect(await digestsOf(registry, 'mirror/app')).toEqual(whole());
    expect(await copy()).toMatchObject({ outcome: 'unchanged', bytesCopied: 0 });
  });

  it('copies an index from it', async () => {
    await relay.copy([registry, 'team/app:v1'], [plain, 'from/app:v1'], all);
    expect(await digestsOf(plain, 'from/app')).toEqual(whole());
  });

  it('copies within it by mounts, without sending a byte', async () => {
    const result = await relay.copy([registry, 'team/app:v1'], [registry, 'other/app:v1'], all);
    expect(result).toMatchObject({ outcome: 'copied', bytesCopied: 0 });
    expect(await digestsOf(registry, 'other/app')).toEqual(whole());
  });

  it('copies one platform to several repositories at once', async () => {
    const names = ['one', 'two', 'three', 'four'].map((name) => `platform/${name}`);
    const platform = 'linux/s390x';
    await Promise.all(
      names.map((name) => relay.copy([plain, 'team/app:v1'], [registry, `${name}:v1`], { platform })),
    );
    for (const name of names) expect(await digestsOf(registry, name)).toEqual([index.images[1]?.digest]);
    expect(await listTags(registry, 'platform/one')).toEqual(['v1']);
  });
});
