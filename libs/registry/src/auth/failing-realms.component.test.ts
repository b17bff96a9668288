import { scriptedRegistry, startHttpServer, startTokenServer } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { readerOf } from '../blobs/blob.fixture.ts';
import { startMuteProxy } from '../http/mute-proxy.fixture.ts';
import { testRegistries } from '../registries.fixture.ts';
import { ANY_HEAD, challengeOf, FOUND, HEAD, IMAGE, LAYER, USER, unknown } from './realms.fixture.ts';

describe('registry/auth/realms that change or fail', () => {
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
    ['without an end', 'content-length: 99999999\r\n\r\n{', /^the token server HOST of \S+ gave more than/],
    [
      'what is no HTTP',
      'transfer-encoding: chunked\r\n\r\nno number\r\n',
      /^reading from HOST: its answer is not HTTP/,
    ],
  ])(
    'tells of a token server that answers %s, not of the manifest that the token was for',
    async (...row) => {
      const [_title, answer, what] = row;
      await using tokens = await startMuteProxy((socket) => socket.write(`HTTP/1.1 200 OK\r\n${answer}`));
      await using registry = await scriptedRegistry([
        { method: 'GET', path: /manifests/, times: 'any', response: challengeOf(tokens.url) },
      ]);
      await using scenario = testRegistries();
      const client = scenario.connect({ host: registry.host, credentials: USER });
      await expect(client.getManifest('team/app', '1.0')).rejects.toMatchObject({
        code: 'RESPONSE_INVALID',
        message: expect.stringMatching(new RegExp(what.source.replace('HOST', new URL(tokens.url).host))),
      });
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
      { ...ANY_HEAD, method: 'GET', path: /hidden/, response: { status: 404 } },
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

  it.each([
    ['by an account', USER],
    ['by nobody', undefined],
  ])(
    'takes a Basic challenge after a token for the wish for another token, %s',
    async (_title, credentials) => {
      let issued = 0;
      await using tokens = await startHttpServer((_request, response) => {
        issued += 1;
        response.writeHead(200).end(JSON.stringify({ token: `t${issued}`, expires_in: 300 }));
      });
      const basic = { status: 401, headers: { 'www-authenticate': 'Basic realm="harbor"' } };
      await using registry = await scriptedRegistry([
        unknown(/manifests/, tokens.url),
        { ...ANY_HEAD, headers: { authorization: 'Bearer t1' }, times: 1, response: FOUND },
        { ...ANY_HEAD, headers: { authorization: 'Bearer t1' }, response: basic },
        { ...ANY_HEAD, headers: { authorization: /^Bearer / }, response: FOUND },
      ]);
      let aheadMs = 0;
      await using scenario = testRegistries({ now: () => Date.now() + aheadMs });
      const client = scenario.connect({ host: registry.host, ...(credentials && { credentials }) });
      for (; aheadMs < 6_000; aheadMs += 2_000)
        expect(await client.headManifest('team/app', '1.0')).toMatchObject({ digest: IMAGE.digest });
      expect(issued).toBe(2);
    },
  );

  it('learns that a registry wants passwords now, although its token server goes on', async () => {
    await using tokens = await startHttpServer((_request, response) => {
      response.writeHead(200).end('{"token":"t","expires_in":300}');
    });
    let wantsPassword = false;
    const basic = { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } };
    await using registry = await scriptedRegistry([
      { ...ANY_HEAD, headers: { authorization: /^Basic / }, response: FOUND },
      {
        ...ANY_HEAD,
        headers: { authorization: undefined },
        response: () => (wantsPassword ? basic : challengeOf(tokens.url)),
      },
      { ...ANY_HEAD, response: () => (wantsPassword ? basic : FOUND) },
    ]);
    await using scenario = testRegistries();
    const client = scenario.connect({ host: registry.host, credentials: USER });
    await client.headManifest('team/app', '1.0');
    wantsPassword = true;
    await expect(client.headManifest('team/app', '1.0')).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    expect(await client.headManifest('team/app', '1.0')).toMatchObject({ digest: IMAGE.digest });
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
      return readerOf([Buffer.from(LAYER.bytes())]);
    });
    expect(opened).toBe(1);
    expect(next.requests.map(({ scopes }) => scopes)).toEqual([['repository:team/app:pull,push']]);
  });
});
