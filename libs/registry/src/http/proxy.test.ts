import { describe, expect, it } from 'vitest';
import { proxyFor } from './proxy.ts';

describe('registry/http/proxy', () => {
  it.each([
    ['https://a.com', { HTTPS_PROXY: 'http://p:3128' }, 'http://p:3128'],
    ['https://a.com', { https_proxy: 'http://p:3128' }, 'http://p:3128'],
    ['https://a.com', { HTTPS_PROXY: 'p:3128' }, 'http://p:3128'],
    ['https://a.com', { HTTP_PROXY: 'http://p:3128' }, undefined],
    ['http://a.com', { HTTP_PROXY: 'http://p:3128' }, 'http://p:3128'],
    ['http://a.com', { ALL_PROXY: 'socks5://p:1080' }, 'socks5://p:1080'],
    ['https://a.com', { ALL_PROXY: 'http://all:1', HTTPS_PROXY: 'http://own:1' }, 'http://own:1'],
    ['https://a.com', { HTTPS_PROXY: '', all_proxy: 'http://all:1' }, 'http://all:1'],
    ['https://a.com', { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'a.com' }, undefined],
    ['https://a.com', { HTTPS_PROXY: 'http://p:1', no_proxy: 'a.com' }, undefined],
    ['https://10.2.3.4', { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'localhost,10.0.0.0/8' }, undefined],
    ['https://127.0.0.1:5000', { HTTPS_PROXY: 'http://p:1' }, undefined],
    ['https://localhost:5000', { HTTPS_PROXY: 'http://p:1' }, undefined],
    ['https://a.com', { HTTPS_PROXY: 'http://u:p%2f@p:3128/proxy.pac?a#b' }, 'http://u:p%2f@p:3128'],
    ['https://a.com', { HTTPS_PROXY: 'p:3128/' }, 'http://p:3128'],
    ['https://a.com', {}, undefined],
  ])('asks %s with %j through %s', (url, env, proxy) => {
    expect(proxyFor(new URL(url), env)).toBe(proxy);
  });

  it.each(['gopher://user:hunter2@p', 'http://user:hunter2%@p', 'socks5://'])(
    'names the variable, not its content, when it is no URL of a proxy: %s',
    (proxy) => {
      const env = { HTTPS_PROXY: proxy };
      const ask = () => proxyFor(new URL('https://a.com'), env);
      expect(ask).toThrow(
        expect.objectContaining({ code: 'CONFIG_INVALID', message: 'HTTPS_PROXY is not the URL of a proxy' }),
      );
    },
  );
});
