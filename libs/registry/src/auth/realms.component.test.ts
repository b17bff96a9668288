import { Readable } from 'node:stream';
import {
  type Exchange,
  makeImage,
  type ScriptedResponse,
  scriptedRegistry,
  startHttpServer,
  startTokenServer,
  temporaryFolder,
} from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { testRegistries } from '../registries.fixture.ts';

const USER = { username: 'robot', password: 'hunter2' };
const IMAGE = makeImage({ layers: ['one'] });
const [LAYER] = IMAGE.layers;
if (LAYER === undefined) throw new Error('the image has a layer');

const HEAD = { method: 'HEAD', path: '/v2/team/app/manifests/1.0' } as const;
const ANY_HEAD = { method: 'HEAD', path: /manifests/, times: 'any' } as const;
const FOUND = {
  status: 200,
  headers: { 'docker-content-digest': IMAGE.digest, 'content-type': IMAGE.mediaType },
};

const challengeOf = (realm: string, scope?: string): ScriptedResponse => ({
  status: 401,
  headers: {
    'www-authenticate': `Bearer realm="${realm}",service="test"${scope === undefined ? '' : `,scope="${scope}"`}`,
  },
});

/** Asks who it is that asks. */
const unknown = (path: RegExp, realm: string): Exchange => ({
  ...ANY_HEAD,
  path,
  headers: { authorization: undefined },
  response: challengeOf(realm),
});

describe('registry/auth/realms', () => {
  it.each([
    ['link-local address', () => 'https://169.254.169.254/latest/token', 'REDIRECT_REFUSED'],
    ['no web address', () => 'file:///etc/passwd', 'RESPONSE_INVALID'],
    ['a server without TLS', (collector: string) => `${collector}/token`, 'REDIRECT_REFUSED'],
  ])('gives a hostile realm no credentials: %s', async (_title, realm, code) => {
    await using collector = await scriptedRegistry([]);
    const folder = await temporaryFolder();
    await using registry = await scriptedRegistry(
      [{ ...HEAD, response: challengeOf(realm(collector.url)) }],
      {
        tls: true,
      },
    );
    await using scenario = testRegistries();
    const tls = { skipVerify: true, certsDir: folder.path };
    const client = scenario.connect({ host: registry.host, credentials: USER }, { tls });
    await expect(client.headManifest('team/app', '1.0')).rejects.toMatchObject({
      code,
      registry: registry.host,
    });
    expect(collector.requests.all).toEqual([]);
    await folder.stop();
  });

  it('asks the registry again when the token server that it had named is gone', async () => {
    const old = await startTokenServer({ users: [USER], expiresInSeconds: 1 });
    await using next = await startTokenServer({ users: [USER], expiresInSeconds: 300 });
    let realm = old.url;
    await using registry = await scriptedRegistry([
      {
        method: 'HEAD',
        path: /manifests/,
        headers: { authorization: undefined },
        times: 2,
        response: () => ({ ...challengeOf(realm) }),
      },
      {
        method: 'HEAD',
        path: /manifests/,
        headers: { authorization: /^Bearer / },
        times: 3,
        response: FOUND,
      },
    ]);
    await using scenario = testRegistries();
    const client = scenario.connect({ host: registry.host, credentials: USER });
    await client.headManifest('team/app', '1.0');
    await old.stop();
    realm = next.url;
    expect(await client.headManifest('team/other', '1.0')).toMatchObject({ digest: IMAGE.digest });
    expect(await client.headManifest('team/third', '1.0')).toMatchObject({ digest: IMAGE.digest });
    expect(next.requests).toHaveLength(2);
  });

  it.each([
    ['that is gone', 'http://127.0.0.1:1/token', 'NETWORK_FAILED'],
    ['where nobody may ask', 'http://169.254.169.254/token', 'REDIRECT_REFUSED'],
    ['that is no address', 'ftp://x/', 'RESPONSE_INVALID'],
  ])(
    'lets one challenge that names a server %s spoil one repository and no other',
    async (_t, realm, code) => {
      await using tokens = await startTokenServer({ users: [USER], expiresInSeconds: 300 });
      await using registry = await scriptedRegistry([
        {
          method: 'HEAD',
          path: /bad\/manifests/,
          headers: { authorization: undefined },
          times: 'any',
          response: challengeOf(realm),
        },
        {
          method: 'HEAD',
          path: /good.\/manifests/,
          headers: { authorization: undefined },
          times: 'any',
          response: challengeOf(tokens.url),
        },
        {
          method: 'HEAD',
          path: /manifests/,
          headers: { authorization: /^Bearer / },
          times: 'any',
          response: FOUND,
        },
      ]);
      await using scenario = testRegistries();
      const client = scenario.connect({ host: registry.host, credentials: USER });
      await expect(client.headManifest('bad', '1.0')).rejects.toMatchObject({ code });
      for (const name of ['good1', 'good2']) {
        expect(await client.headManifest(name, '1.0')).toMatchObject({ digest: IMAGE.digest });
      }
      // Of a repository that answers well nothing is forgotten: no challenge but the first.
      expect(registry.requests.all.filter(({ path }) => path.includes('good2'))).toHaveLength(1);
    },
  );

  it('asks a token server that fails once more for nobody, when the registry names it again', async () => {
    let answers = 0;
    await using tokens = await startHttpServer((_request, response) => {
      answers += 1;
      response.writeHead(answers === 1 ? 200 : 404).end('{"token":"good"}');
    });
    await using registry = await scriptedRegistry([
      { ...HEAD, headers: { authorization: undefined }, response: challengeOf(tokens.url) },
      { ...HEAD, headers: { authorization: 'Bearer good' }, response: FOUND },
      {
        method: 'HEAD',
        path: '/v2/team/other/manifests/1.0',
        headers: { authorization: undefined },
        response: challengeOf(tokens.url),
      },
    ]);
    await using scenario = testRegistries();
    const client = scenario.connect({ host: registry.host, credentials: USER });
    await client.headManifest('team/app', '1.0');
    await expect(client.headManifest('team/other', '1.0')).rejects.toMatchObject({ registry: registry.host });
    expect(answers).toBe(2);
  });

  it.each([
    ['refuses everybody', () => 401],
    ['lets nobody use it', () => 403],
    ['puts everybody off', () => 429],
    ['gives a token once and refuses the others', (asked: number) => (asked === 1 ? 200 : 401)],
  ])('lets a token server that %s spoil the repository whose challenge names it', async (_title, answer) => {
    let asked = 0;
    await using evil = await startHttpServer((_request, response) => {
      asked += 1;
      response.writeHead(answer(asked), { 'retry-after': '1' }).end('{"token":"t"}');
    });
    await using tokens = await startTokenServer({ users: [USER], expiresInSeconds: 300 });
    await using registry = await scriptedRegistry([
      unknown(/bad.\/manifests/, evil.url),
      unknown(/good.\/manifests/, tokens.url),
      { ...ANY_HEAD, headers: { authorization: /^Bearer / }, response: FOUND },
    ]);
    await using scenario = testRegistries();
    const client = scenario.connect({ host: registry.host, credentials: USER });
    for (const name of ['bad1', 'bad2', 'bad3'])
      await client.headManifest(name, '1.0').catch(() => undefined);
    for (const name of ['good1', 'good2']) {
      expect(await client.headManifest(name, '1.0')).toMatchObject({ digest: IMAGE.digest });
    }
    for (const name of ['bad1', 'bad2', 'bad3'])
      await client.headManifest(name, '1.0').catch(() => undefined);
    expect(await client.headManifest('good3', '1.0')).toMatchObject({ digest: IMAGE.digest });
  });

  it.each([
    ['counts nothing that strangers are shown while the token server fails', USER, 'SERVER_FAILED'],
    ['takes what strangers are shown where nobody is configured', undefined, 'absent'],
  ])('%s', async (_title, credentials, outcome) => {
    let isDown = false;
    await using tokens = await startHttpServer((_request, response) => {
      response.writeHead(isDown ? 503 : 200).end('{"token":"t","expires_in":1}');
    });
    await using registry = await scriptedRegistry([
      unknown(/known\/manifests/, tokens.url),
      { ...ANY_HEAD, path: /hidden/, headers: { authorization: undefined }, response: { status: 404 } },
      { ...ANY_HEAD, headers: { authorization: /^Bearer / }, response: FOUND },
    ]);
    await using scenario = testRegistries();
    const client = scenario.connect({ host: registry.host, ...(credentials && { credentials }) });
    await client.headManifest('known', '1.0');
    isDown = true;
    const asked = client.headManifest('hidden', '1.0').then(
      (found) => (found === undefined ? 'absent' : 'found'),
      (error: { code: string }) => error.code,
    );
    expect(await asked).toBe(outcome);
  });

  it('goes on with the tokens that it has while the token server fails for others', async () => {
    await using tokens = await startHttpServer(({ url = '' }, response) => {
      response.writeHead(url.includes('bad') ? 404 : 200).end('{"token":"t","expires_in":300}');
    });
    await using registry = await scriptedRegistry([
      unknown(/manifests/, tokens.url),
      { ...ANY_HEAD, headers: { authorization: /^Bearer / }, response: FOUND },
    ]);
    await using scenario = testRegistries();
    const client = scenario.connect({ host: registry.host, credentials: USER });
    await client.headManifest('good', '1.0');
    await expect(client.headManifest('bad', '1.0')).rejects.toMatchObject({ registry: registry.host });
    await client.headManifest('good', '2.0');
    expect(registry.requests.all.filter(({ path }) => path.includes('/good/'))).toHaveLength(3);
  });

  it('asks the registry once a minute whether the server that refuses is still the one to ask', async () => {
    const users = [USER];
    await using old = await startTokenServer({ users, expiresInSeconds: 1 });
    await using next = await startTokenServer({ users: [USER], expiresInSeconds: 300 });
    let realm = old.url;
    const clock = { aheadMs: 0 };
    await using registry = await scriptedRegistry([
      { ...ANY_HEAD, headers: { authorization: undefined }, response: () => challengeOf(realm) },
      { ...ANY_HEAD, headers: { authorization: /^Bearer / }, response: FOUND },
    ]);
    await using scenario = testRegistries({ now: () => Date.now() + clock.aheadMs });
    const client = scenario.connect({ host: registry.host, credentials: USER });
    await client.headManifest('team/app', '1.0');
    users.pop();
    clock.aheadMs = 10_000;
    for (let round = 0; round < 3; round += 1)
      await expect(client.headManifest('team/app', '1.0')).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    // The challenge, the answer, and whether it is still the one.
    expect(registry.requests.all).toHaveLength(3);
    realm = next.url;
    clock.aheadMs = 80_000;
    expect(await client.headManifest('team/app', '1.0')).toMatchObject({ digest: IMAGE.digest });
  });

  it('finds out whom the registry names now before it sends what can be sent once', async () => {
    const old = await startTokenServer({ users: [USER], expiresInSeconds: 1 });
    await using next = await startTokenServer({ users: [USER], expiresInSeconds: 300 });
    let realm = old.url;
    const taken = { 'docker-content-digest': LAYER.digest, location: '/v2/team/app/blobs/x' };
    await using registry = await scriptedRegistry([
      {
        method: 'POST',
        path: /uploads/,
        headers: { authorization: undefined },
        response: () => challengeOf(realm),
      },
      {
        method: 'POST',
        path: /uploads/,
        headers: { authorization: /^Bearer / },
        response: async () => {
          await old.stop();
          realm = next.url;
          clock.aheadMs = 10_000;
          return { status: 202, headers: { location: '/v2/team/app/blobs/uploads/1' } };
        },
      },
      // Its challenge is about no repository.
      { method: 'GET', path: '/v2/', response: () => challengeOf(realm, 'repository:other:pull') },
      {
        method: 'PUT',
        path: /uploads/,
        headers: { authorization: /^Bearer / },
        response: { status: 201, headers: taken },
      },
    ]);
    const clock = { aheadMs: 0 };
    await using scenario = testRegistries({ now: () => Date.now() + clock.aheadMs });
    const client = scenario.connect({ host: registry.host, credentials: USER });
    let opened = 0;
    await client.uploadBlob('team/app', LAYER, async () => {
      opened += 1;
      return Readable.from([Buffer.from(LAYER.bytes())]);
    });
    expect(opened).toBe(1);
    expect(next.requests.map(({ scopes }) => scopes)).toEqual([['repository:team/app:pull,push']]);
  });
});
