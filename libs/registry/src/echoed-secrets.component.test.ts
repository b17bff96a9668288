import { type ScriptedRequest, scriptedRegistry } from '@regfleet/harness';
import { isSyncError, keepSecret, SyncError } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { parseErrorBody } from './errors/error-body.ts';
import { testRegistries } from './registries.fixture.ts';

const USER = { username: 'robot', password: 'pa$$word/+9' };
const TOKEN = 'opaque.token-of_the+registry/9=';

const forms = (text: string): string[] => [
  text,
  encodeURIComponent(text),
  Buffer.from(text).toString('base64'),
  Buffer.from(text).toString('base64url'),
  JSON.stringify(text),
];

/** Everything that was sent, in every form that comes to mind. */
const echo = ({ headers, url }: ScriptedRequest): object => {
  const [scheme = '', shown = ''] = (headers.authorization ?? '').split(' ');
  const login = scheme === 'Basic' ? Buffer.from(shown, 'base64').toString() : shown;
  const secret = login.slice(login.indexOf(':') + 1);
  return { code: 'X', message: [shown, login, ...forms(secret)].join(' ').slice(0, 290), detail: url.href };
};

async function messageOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  if (!isSyncError(error)) throw new Error('it should have failed');
  return JSON.stringify([error.toJSON(), error.stack, String(error.cause)]);
}

const leaks = (text: string): string[] =>
  [USER.password, `${USER.username}:${USER.password}`, TOKEN]
    .flatMap(forms)
    .filter((form) => text.includes(form));

describe('registry, secrets that come back', () => {
  it('takes a password out of what a registry answers, in whichever form it is sent back', async () => {
    await using registry = await scriptedRegistry([
      {
        method: 'GET',
        path: '/v2/app/manifests/1.0',
        headers: { authorization: undefined },
        response: { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } },
      },
      {
        method: 'GET',
        path: '/v2/app/manifests/1.0',
        response: (request: ScriptedRequest) => ({ status: 418, body: { errors: [echo(request)] } }),
      },
    ]);
    await using scenario = testRegistries();
    const client = scenario.connect({ host: registry.host, credentials: USER });
    const message = await messageOf(client.getManifest('app', '1.0'));
    expect(message).toContain('***');
    expect(leaks(message)).toEqual([]);
  });

  it('takes a token out of it, and a password out of what a token server answers', async () => {
    let refuses = false;
    await using tokens = await scriptedRegistry([
      {
        method: 'GET',
        path: '/token',
        times: 2,
        response: (request: ScriptedRequest) =>
          refuses
            ? { status: 418, body: { errors: [echo(request)] } }
            : { status: 200, body: { token: TOKEN } },
      },
    ]);
    await using registry = await scriptedRegistry([
      {
        method: 'GET',
        path: /manifests/,
        headers: { authorization: undefined },
        times: 'any',
        response: { status: 401, headers: { 'www-authenticate': `Bearer realm="${tokens.url}/token"` } },
      },
      {
        method: 'GET',
        path: /manifests/,
        headers: { authorization: /Bearer/ },
        response: (request: ScriptedRequest) => ({ status: 418, body: { errors: [echo(request)] } }),
      },
    ]);
    await using scenario = testRegistries();
    const client = scenario.connect({ host: registry.host, credentials: USER });
    expect(leaks(await messageOf(client.getManifest('app', '1.0')))).toEqual([]);
    refuses = true;
    expect(leaks(await messageOf(client.getManifest('other', '1.0')))).toEqual([]);
  });

  it('lets no part of it through wherever a message or a code is cut, and however it is spelt', () => {
    const secret = 'sup3rs3cretpassw0rd';
    keepSecret(secret, 'robot');
    for (const before of [0, 40, 50, 60, 63, 64, 280, 285, 290, 299, 300, 301]) {
      const text = `${'x'.repeat(before)}${secret} ${secret}`;
      const body = parseErrorBody(JSON.stringify({ errors: [{ code: text, message: text }] }));
      expect(JSON.stringify(body).toLowerCase()).not.toMatch(/sup3|passw0/);
    }
    const error = new SyncError('DENIED', { message: 'x', reference: `r/app:${secret}`, registry: secret });
    expect(JSON.stringify(error)).not.toContain(secret);
  });

  it('takes a token that would begin another header for no token', async () => {
    await using tokens = await scriptedRegistry([
      { method: 'GET', path: '/token', response: { status: 200, body: { token: 'a\r\nx-evil: 1' } } },
    ]);
    await using registry = await scriptedRegistry([
      {
        method: 'GET',
        path: /manifests/,
        response: { status: 401, headers: { 'www-authenticate': `Bearer realm="${tokens.url}/token"` } },
      },
    ]);
    await using scenario = testRegistries();
    await expect(scenario.connect(registry).getManifest('app', '1.0')).rejects.toMatchObject({
      code: 'RESPONSE_INVALID',
      message: expect.stringContaining('no request can carry'),
    });
  });
});
