import { type Exchange, makeImage, type ScriptedResponse, scriptedRegistry } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { allPages, testRegistries } from '../registries.fixture.ts';
import { FOUND, IMAGE, USER } from './realms.fixture.ts';

const BASIC = `Basic ${Buffer.from('robot:hunter2').toString('base64')}`;
const CHALLENGE = { 'www-authenticate': 'Basic realm="x"' };
const STRANGER = { authorization: undefined };
const KNOWN = { authorization: BASIC };
const OTHER = makeImage({ layers: ['other'] });

const base = (response: ScriptedResponse, times: number | 'any' = 1): Exchange => ({
  method: 'GET',
  path: '/v2/',
  headers: STRANGER,
  times,
  response,
});

async function registryOf(exchanges: readonly Exchange[]) {
  await using stack = new AsyncDisposableStack();
  const registry = await scriptedRegistry(exchanges);
  stack.defer(() => registry.stop());
  const scenario = stack.use(testRegistries());
  const all = stack.move();
  return {
    connect: (credentials: typeof USER | undefined) =>
      scenario.connect({ host: registry.host, ...(credentials && { credentials }) }),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

describe('registry/auth with a registry whose base alone asks for a login', () => {
  it.each([404, 403, 400, 401])(
    'shows it where strangers are told %i, having asked the base once',
    async (status) => {
      await using registry = await registryOf([
        { method: 'HEAD', path: '/v2/team/app/manifests/1.0', headers: STRANGER, response: { status } },
        base({ status: 401, headers: CHALLENGE }),
        { method: 'HEAD', path: '/v2/team/app/manifests/1.0', headers: KNOWN, response: FOUND },
        { method: 'HEAD', path: '/v2/team/app/manifests/2.0', headers: KNOWN, response: { status: 404 } },
        { method: 'GET', path: '/v2/team/app/manifests/2.0', headers: KNOWN, response: { status: 404 } },
      ]);
      const client = registry.connect(USER);
      expect(await client.headManifest('team/app', '1.0')).toMatchObject({ digest: IMAGE.digest });
      expect(await client.headManifest('team/app', '2.0')).toBeUndefined();
      expect(client.hasAskedForLogin).toBe(true);
    },
  );

  it.each<[string, ScriptedResponse]>([
    ['asks for it', { status: 401, headers: CHALLENGE }],
    ['says that it takes one', { status: 200, headers: CHALLENGE }],
    ['says nothing of it', { status: 200 }],
  ])('lists what is hidden from strangers, where the base %s', async (_title, greeting) => {
    const list = (repositories: string[]) => ({ status: 200, body: { repositories } });
    const catalog = { method: 'GET', path: /_catalog/ } as const;
    await using registry = await registryOf([
      { ...catalog, headers: STRANGER, response: list(['public']) },
      base(greeting),
      { ...catalog, headers: KNOWN, response: list(['private', 'public']) },
    ]);
    expect(await allPages(registry.connect(USER).listRepositories())).toEqual([['private', 'public']]);
  });

  it('asks the base once for all accounts, and never where nobody has one', async () => {
    await using registry = await registryOf([
      { method: 'HEAD', path: /manifests/, times: 'any', response: { status: 404 } },
      { method: 'GET', path: /manifests/, times: 'any', response: { status: 404 } },
      base({ status: 404 }),
    ]);
    for (const credentials of [undefined, USER, { ...USER, username: 'other' }]) {
      const client = registry.connect(credentials);
      const heads = Array.from({ length: 5 }, (_, tag) => client.headManifest('team/app', `${tag}`));
      expect(await Promise.all(heads)).toEqual(Array.from({ length: 5 }));
    }
  });

  it('asks no base for a manifest that strangers may have', async () => {
    await using registry = await registryOf([
      { method: 'HEAD', path: /manifests/, headers: STRANGER, response: FOUND },
    ]);
    expect(await registry.connect(USER).headManifest('team/app', '1.0')).toMatchObject({
      digest: IMAGE.digest,
    });
  });

  it('shows it for a push that strangers are refused by 404', async () => {
    const put = { method: 'PUT', path: `/v2/team/app/manifests/${OTHER.digest}` } as const;
    await using registry = await registryOf([
      { ...put, headers: STRANGER, response: { status: 404 } },
      base({ status: 401, headers: CHALLENGE }),
      { ...put, headers: KNOWN, response: { status: 201 } },
    ]);
    await registry.connect(USER).putManifest('team/app', OTHER.digest, OTHER);
  });
});
