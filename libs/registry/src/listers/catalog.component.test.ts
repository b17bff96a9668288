import {
  fillRegistry,
  type RegistryOptions,
  type Resource,
  startRegistry,
  startTokenServer,
  type TestRegistry,
  type TokenServer,
} from '@regfleet/harness';
import type { Location } from '@regfleet/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { locationOf, testRegistries } from '../registries.fixture.ts';
import { catalog } from './catalog.ts';
import { describeLister } from './lister.contract.ts';
import { listerDepsOf } from './scenario.contract.ts';

const NAMES = ['a/one', 'a/two', 'b/three'];
const USER = { username: 'robot$fleet', password: `p%s"\\: {x} Grüße` };

const fill = (registry: TestRegistry) =>
  fillRegistry(
    registry,
    NAMES.map((repository) => ({ repository, tags: ['1'] })),
  );

describeLister('registry/listers/catalog', async () => {
  const registry = await startRegistry({ pageLimit: 2 });
  await fill(registry);
  const scenario = testRegistries();
  const location = locationOf(registry);
  return {
    definition: catalog,
    location,
    deps: listerDepsOf({ connect: () => scenario.registries.connect(location) }),
    names: NAMES,
    requests: () => scenario.requests().length,
    ruin: () => registry.stop(),
    async [Symbol.asyncDispose]() {
      await scenario[Symbol.asyncDispose]();
      await registry.stop();
    },
  };
});

interface Kind extends RegistryOptions {
  readonly tokenServer?: TokenServer;
}

const KINDS: Readonly<Record<string, () => Promise<Kind>>> = {
  'a private authority': async () => ({ tls: true }),
  'a client certificate': async () => ({ clientCertificate: true }),
  'a password of any characters': async () => ({ htpasswd: USER }),
  'both, and a password': async () => ({ clientCertificate: true, htpasswd: USER }),
  tokens: async () => ({ tokenServer: await startTokenServer({ users: [USER], expiresInSeconds: 60 }) }),
};

describe.each(Object.entries(KINDS))('registry/listers/catalog of a registry with %s', (_kind, optionsOf) => {
  let registry: TestRegistry;
  const started: Resource[] = [];

  beforeAll(async () => {
    const options = await optionsOf();
    if (options.tokenServer !== undefined) started.push(options.tokenServer);
    registry = await startRegistry(options);
    started.push(registry);
    await fill(registry);
  });

  afterAll(() => Promise.all(started.map((resource) => resource.stop())));

  async function list(more: Partial<Location> = {}): Promise<readonly string[]> {
    await using scenario = testRegistries();
    const location = locationOf(registry, more);
    return await scenario.registries.lister(location, { cacheDurationMs: 0 }).list();
  }

  it('lists by the settings of the location', async () => {
    expect(await list()).toEqual(NAMES);
  });

  it('fails without them, and says so', async () => {
    const { tls, credentials } = registry;
    const without: Partial<Location> =
      credentials === undefined
        ? { tls: { skipVerify: tls?.cert !== undefined, certsDir: '/does/not/exist' } }
        : { auth: { kind: 'anonymous' } };
    // Who shows no certificate is cut off by some servers, and told why by others.
    const codes = credentials === undefined ? /^(?:TLS_FAILED|NETWORK_FAILED)$/ : /^UNAUTHORIZED$/;
    await expect(list(without)).rejects.toMatchObject({
      code: expect.stringMatching(codes),
      registry: registry.host,
      hint: expect.stringMatching(/./),
    });
  });
});

describe('registry/listers/catalog', () => {
  it('verifies nothing where the operator waived it', async () => {
    await using registry = await startRegistry({ tls: true });
    await fill(registry);
    await using scenario = testRegistries();
    const lister = (skipVerify: boolean) =>
      scenario.registries.lister(locationOf(registry, { tls: { skipVerify, certsDir: '/does/not/exist' } }), {
        cacheDurationMs: 0,
      });
    expect(await lister(true).list()).toEqual(NAMES);
    await expect(lister(false).list()).rejects.toMatchObject({ code: 'TLS_FAILED' });
  });
});
