import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  pushImage,
  scriptedRegistry,
  startRegistry,
  startTokenServer,
  type TokenServerOptions,
  temporaryFolder,
} from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { locationOf, testRegistries } from '../registries.fixture.ts';
import { ANY_HEAD, challengeOf, FOUND, HEAD, IMAGE, LAYER, USER } from './realms.fixture.ts';

const PULL = 'repository:team/app:pull';

/** A real registry with a token server, and one image in it. */
async function tokenRegistry(options: Partial<TokenServerOptions> = {}) {
  const tokens = await startTokenServer({ users: [USER], expiresInSeconds: 300, ...options });
  const registry = await startRegistry({ tokenServer: tokens });
  await pushImage(registry, 'team/app', '1.0', IMAGE);
  const pushed = tokens.requests.length;
  return {
    registry,
    tokens,
    /** Those after the image was pushed. */
    asked: () => tokens.requests.slice(pushed),
    async [Symbol.asyncDispose]() {
      await registry.stop();
      await tokens.stop();
    },
  };
}

describe('registry/auth/round', () => {
  it('spends one request on an unchanged tag once the registry is known', async () => {
    await using server = await tokenRegistry();
    await using scenario = testRegistries();
    const client = scenario.connect(server.registry);
    await client.headManifest('team/app', '1.0');
    // TLS is tried first, then the challenge, the token, and the answer.
    expect(scenario.requests()).toEqual(['HEAD error', 'HEAD 401', 'GET 200', 'HEAD 200']);
    for (let check = 0; check < 3; check += 1) await client.headManifest('team/app', '1.0');
    expect(scenario.requests().slice(4)).toEqual(['HEAD 200', 'HEAD 200', 'HEAD 200']);
  });

  it('asks for one token for all who wait, and refuses none of them first', async () => {
    await using server = await tokenRegistry();
    await using scenario = testRegistries();
    const client = scenario.connect(server.registry);
    await Promise.all(Array.from({ length: 20 }, () => client.headManifest('team/app', '1.0')));
    expect(server.asked()).toHaveLength(1);
    expect(scenario.requests().filter((request) => request === 'HEAD 401')).toHaveLength(1);
  });

  it('keeps one token per repository and kind of access, each for a single scope', async () => {
    await using server = await tokenRegistry();
    await using scenario = testRegistries();
    const client = scenario.connect(server.registry);
    await client.headManifest('team/app', '1.0');
    await client.uploadBlob('team/other', LAYER, () => client.getBlob('team/app', LAYER));
    await client.headBlob('team/other', LAYER.digest);
    expect(server.asked().map(({ scopes }) => scopes)).toEqual([
      ['repository:team/app:pull'],
      ['repository:team/other:pull,push'],
    ]);
  });

  it('asks for both repositories where one request needs both: a mount', async () => {
    await using server = await tokenRegistry();
    await using scenario = testRegistries();
    const client = scenario.connect(server.registry);
    expect(await client.mountBlob('team/copy', LAYER.digest, 'team/app')).toEqual({ kind: 'mounted' });
    expect(server.asked().map(({ scopes }) => scopes)).toEqual([
      ['repository:team/copy:pull,push', 'repository:team/app:pull'],
    ]);
  });

  it('renews a token before it expires', async () => {
    await using server = await tokenRegistry();
    const clock = { aheadMs: 0 };
    await using scenario = testRegistries({ now: () => Date.now() + clock.aheadMs });
    const client = scenario.connect(server.registry);
    await client.headManifest('team/app', '1.0');
    clock.aheadMs = 291_000;
    await client.headManifest('team/app', '1.0');
    expect(scenario.requests().slice(4)).toEqual(['GET 200', 'HEAD 200']);
  });

  it('gets a token without an account where nobody is configured', async () => {
    await using server = await tokenRegistry({ anonymousActions: ['pull'] });
    await using scenario = testRegistries();
    const client = scenario.connect({ host: server.registry.host });
    expect(await client.headManifest('team/app', '1.0')).toMatchObject({ digest: IMAGE.digest });
    expect(server.asked()).toMatchObject([{ method: 'GET', account: '' }]);
    await expect(client.putManifest('team/app', '2.0', IMAGE)).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
    });
  });

  it('exchanges an identity token by POST', async () => {
    await using server = await tokenRegistry();
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'auth.json');
    const entry = { auth: '', identitytoken: server.tokens.identityToken(USER.username) };
    await writeFile(file, JSON.stringify({ auths: { [server.registry.host]: entry } }));
    await using scenario = testRegistries({ env: { REGISTRY_AUTH_FILE: file } });
    const client = scenario.connect({ host: server.registry.host }, { auth: { kind: 'ambient' } });
    expect(await client.headManifest('team/app', '1.0')).toMatchObject({ digest: IMAGE.digest });
    expect(server.asked()).toMatchObject([{ method: 'POST', account: USER.username }]);
  });

  it.each([
    ['half a JSON text', { headers: { 'content-type': 'application/json' }, body: '{"token":"abc' }],
    ['a web page', { headers: { 'content-type': 'text/html' }, body: '<html>log in</html>' }],
  ])('does not take %s for a token', async (_title, answer) => {
    await using tokens = await scriptedRegistry([
      { method: 'GET', path: '/token', response: { status: 200, ...answer } },
    ]);
    await using registry = await scriptedRegistry([
      { ...HEAD, response: challengeOf(`${tokens.url}/token`, PULL) },
    ]);
    await using scenario = testRegistries();
    await expect(scenario.connect(registry).headManifest('team/app', '1.0')).rejects.toMatchObject({
      code: 'RESPONSE_INVALID',
      message: expect.stringContaining(tokens.host),
      reference: `${registry.host}/team/app:1.0`,
    });
  });

  it('waits for a token no longer than for any answer', async () => {
    const never = Promise.withResolvers<never>();
    await using tokens = await scriptedRegistry([
      { method: 'POST', path: '/token', times: 2, response: () => never.promise },
    ]);
    await using registry = await scriptedRegistry([
      { ...HEAD, response: challengeOf(`${tokens.url}/token`, PULL) },
    ]);
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'auth.json');
    const entry = { auth: '', identitytoken: 'refresh' };
    await writeFile(file, JSON.stringify({ auths: { [registry.host]: entry } }));
    await using scenario = testRegistries({
      env: { REGISTRY_AUTH_FILE: file },
      timeouts: { headersMs: 200, commitMs: 3_600_000 },
    });
    const client = scenario.connect(registry, { auth: { kind: 'ambient' } });
    await expect(client.headManifest('team/app', '1.0')).rejects.toMatchObject({ code: 'TIMED_OUT' });
    never.reject(new Error('the test is over'));
  });

  it('names the account, not the password, when it is refused, and asks no more than once', async () => {
    await using server = await tokenRegistry();
    await using scenario = testRegistries();
    const credentials = { username: 'robot', password: 'wrong-password' };
    const client = scenario.connect({ host: server.registry.host, credentials });
    const refused = await client.headManifest('team/app', '1.0').catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: 'UNAUTHORIZED',
      reference: `${server.registry.host}/team/app:1.0`,
    });
    expect(String(refused)).toContain('as robot by auth');
    expect(JSON.stringify(refused)).not.toContain('wrong-password');
    expect(server.asked()).toHaveLength(1);
  });

  it('authenticates anew when a token is refused, once', async () => {
    let issued = 0;
    const token = () => {
      issued += 1;
      return { status: 200, body: { token: `t${issued}`, expires_in: 300 } };
    };
    await using tokens = await scriptedRegistry([
      { method: 'GET', path: '/token', times: 3, response: token },
    ]);
    await using registry = await scriptedRegistry([
      { ...HEAD, headers: { authorization: undefined }, response: challengeOf(`${tokens.url}/token`, PULL) },
      { ...HEAD, headers: { authorization: 'Bearer t1' }, response: FOUND },
      {
        ...HEAD,
        headers: { authorization: 'Bearer t1' },
        response: challengeOf(`${tokens.url}/token`, PULL),
      },
      { ...HEAD, headers: { authorization: 'Bearer t2' }, response: FOUND },
      {
        ...HEAD,
        headers: { authorization: 'Bearer t2' },
        response: challengeOf(`${tokens.url}/token`, PULL),
      },
      {
        ...HEAD,
        headers: { authorization: 'Bearer t3' },
        response: challengeOf(`${tokens.url}/token`, PULL),
      },
    ]);
    const clock = { ms: Date.now() };
    await using scenario = testRegistries({ now: () => clock.ms });
    const client = scenario.connect(registry);
    await client.headManifest('team/app', '1.0');
    clock.ms += 2_000;
    await client.headManifest('team/app', '1.0');
    clock.ms += 2_000;
    await expect(client.headManifest('team/app', '1.0')).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  });

  it.each<[string, string, { error?: string; refused: number; given: number }]>([
    ['the first', 'gets another, once', { refused: 1, given: 2 }],
    ['each', 'gets no more than one other', { refused: 10, given: 2 }],
    ['each', 'gets none where the account may not', { error: 'insufficient_scope', refused: 10, given: 1 }],
  ])(
    'where %s token is refused a moment after it was given, %s',
    async (_which, _what, { error, refused, given }) => {
      const bad = Array.from({ length: refused }, (_, index) => `Bearer token-${index + 1}`);
      let tokens = 0;
      await using registry = await scriptedRegistry([
        {
          method: 'GET',
          path: /^\/token/,
          times: 'any',
          response: () => {
            tokens += 1;
            return { status: 200, body: JSON.stringify({ token: `token-${tokens}`, expires_in: 300 }) };
          },
        },
        {
          ...ANY_HEAD,
          response: ({ headers: { authorization = '' } }) => {
            const params = error === undefined ? '' : `,error="${error}"`;
            const isTaken = authorization !== '' && !bad.includes(authorization);
            const challenge = `Bearer realm="/token",service="test"${params}`;
            return isTaken ? FOUND : { status: 401, headers: { 'www-authenticate': challenge } };
          },
        },
      ]);
      await using scenario = testRegistries();
      const client = scenario.connect({ host: registry.host, credentials: USER });
      for (let time = 0; time < 3; time += 1) {
        const asked = client.headManifest('team/app', `${time}`);
        if (refused === 1) expect(await asked).toMatchObject({ digest: IMAGE.digest });
        else await expect(asked).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
      }
      expect(tokens).toBe(given);
    },
  );

  it('logs in by the entry of the repository in a file of logins: for a token server and with a password', async () => {
    const team = { username: 'team', password: 'p' };
    const other = { username: 'other', password: 'p' };
    await using server = await tokenRegistry({
      users: [USER, { ...team, repositories: /^team\// }, { ...other, repositories: /^other\// }],
    });
    await using guarded = await startRegistry({ htpasswd: team });
    await pushImage(guarded, 'team/app', '1.0', IMAGE);
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'auth.json');
    const entry = ({ username, password }: typeof team) => ({
      auth: Buffer.from(`${username}:${password}`).toString('base64'),
    });
    const hosts = [server.registry.host, guarded.host];
    const auths = hosts.flatMap((host) => [
      [host, entry({ username: 'wrong', password: 'wrong' })],
      [`${host}/team`, entry(team)],
      [`${host}/other`, entry(other)],
    ]);
    await writeFile(file, JSON.stringify({ auths: Object.fromEntries(auths) }));
    await using scenario = testRegistries({ env: { REGISTRY_AUTH_FILE: file } });
    const client = (host: string) => scenario.connect({ host }, { auth: { kind: 'ambient' } });
    for (const host of hosts) {
      expect(await client(host).headManifest('team/app', '1.0')).toMatchObject({ digest: IMAGE.digest });
    }
    expect(await client(server.registry.host).headManifest('other/app', '1.0')).toBeUndefined();
    expect(server.asked().map(({ account, status }) => [account, status])).toEqual([
      ['team', 200],
      ['other', 200],
    ]);
    const location = locationOf({ host: guarded.host }, { auth: { kind: 'ambient' } });
    const user = async (repository?: string) =>
      (await scenario.registries.credentials(location, { repository }))?.username;
    expect([await user('team/app'), await user('nobody/app'), await user()]).toEqual([
      'team',
      'wrong',
      'wrong',
    ]);
  });

  it('does not send a refused password again', async () => {
    await using registry = await scriptedRegistry([
      { ...HEAD, times: 2, response: { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } } },
    ]);
    await using scenario = testRegistries();
    const client = scenario.connect({ host: registry.host, credentials: USER });
    await expect(client.headManifest('team/app', '1.0')).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  });
});
