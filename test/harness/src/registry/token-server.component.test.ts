import { describe, expect, it } from 'vitest';
import { pushImage } from '../images/push.ts';
import { digestOf, pullEverything } from './read.ts';
import { startRegistry } from './test-registry.ts';
import { startTokenServer, type TokenServer } from './token-server.ts';

const owner = { username: 'owner', password: 'p: ä%' };
const reader = { username: 'reader', password: 'r', actions: ['pull'], repositories: /^open\// };
const options = { users: [owner, reader], expiresInSeconds: 60 };
const image = { layers: ['x'] };

const status = async (url: string, token: string): Promise<number> =>
  (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status;

async function post(tokens: TokenServer, form: Record<string, string>): Promise<Record<string, string>> {
  const body = new URLSearchParams({ service: tokens.service, scope: 'repository:open/a:pull', ...form });
  return Object(await (await fetch(tokens.realm, { method: 'POST', body })).json());
}

describe('harness/registry/token-server', () => {
  it.each([false, true])('issues tokens that a real registry accepts (TLS: %s)', async (tls) => {
    await using tokens = await startTokenServer({ ...options, tls });
    await using registry = await startRegistry({ tokenServer: tokens, tls });
    const { digest } = await pushImage(registry, 'open/a', '1', image);
    expect((await pullEverything(registry, 'open/a', '1')).digest).toBe(digest);
    expect(tokens.requests[0]).toMatchObject({ account: 'owner', status: 200 });
  });

  it('grants no more than the user may do', async () => {
    await using tokens = await startTokenServer(options);
    await using registry = await startRegistry({ tokenServer: tokens });
    await pushImage(registry, 'open/a', '1', image);
    await pushImage(registry, 'closed/a', '1', image);
    const asReader = { url: registry.url, credentials: reader };
    expect(await digestOf(asReader, 'open/a', '1')).toBeDefined();
    await expect(digestOf(asReader, 'closed/a', '1')).rejects.toThrow('401');
    await expect(pushImage(asReader, 'open/a', '2', image)).rejects.toThrow('401');
  });

  it('serves the anonymous only where it is told to', async () => {
    await using closed = await startTokenServer(options);
    expect((await fetch(closed.realm)).status).toBe(401);
    await using open = await startTokenServer({ ...options, anonymousActions: ['pull'] });
    await using registry = await startRegistry({ tokenServer: open });
    await pushImage(registry, 'a', '1', image);
    expect(await digestOf({ url: registry.url }, 'a', '1')).toBeDefined();
    await expect(pushImage({ url: registry.url }, 'a', '2', image)).rejects.toThrow('401');
  });

  it('issues tokens that the registry refuses when their time is over', async () => {
    await using tokens = await startTokenServer({ ...options, expiresInSeconds: -1 });
    await using registry = await startRegistry({ tokenServer: tokens });
    const { username, password } = owner;
    const expired = await post(tokens, { grant_type: 'password', username, password });
    expect(await status(`${registry.url}/v2/open/a/tags/list`, String(expired.access_token))).toBe(401);
  });

  it('answers OAuth2 requests with passwords and with refresh tokens', async () => {
    await using tokens = await startTokenServer(options);
    await using registry = await startRegistry({ tokenServer: tokens });
    await pushImage(registry, 'open/a', '1', image);
    const login = { grant_type: 'password', username: 'reader', password: 'r', access_type: 'offline' };
    const { refresh_token } = await post(tokens, login);
    expect(refresh_token).toBe(tokens.identityToken('reader'));
    const { access_token } = await post(tokens, {
      grant_type: 'refresh_token',
      refresh_token: refresh_token ?? '',
    });
    expect(await status(`${registry.url}/v2/open/a/tags/list`, String(access_token))).toBe(200);
  });
});
