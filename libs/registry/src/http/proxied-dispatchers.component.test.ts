import { describe, expect, it } from 'vitest';
import { startMuteProxy } from './mute-proxy.fixture.ts';
import { ProxiedDispatchers } from './proxied-dispatchers.ts';

const LIMITS = { connectTimeout: 100, headersTimeout: 100, bodyTimeout: 100 };

describe('registry/http/proxied-dispatchers', () => {
  it.each(['http', 'https'])('give up a proxy that is silent when it is asked for %s', async (scheme) => {
    await using proxy = await startMuteProxy();
    const dispatchers = new ProxiedDispatchers({ ALL_PROXY: proxy.url }, LIMITS);
    const asked = dispatchers.request(new URL(`${scheme}://cloud.test/`), { method: 'GET' });
    await expect(asked).rejects.toMatchObject({ code: 'UND_ERR_HEADERS_TIMEOUT' });
    await dispatchers.close();
  });
});
