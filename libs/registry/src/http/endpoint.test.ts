import { describe, expect, it } from 'vitest';
import { Endpoint } from './endpoint.ts';
import type { Transport, TransportSettings } from './transport.ts';

function endpoint(apiHost: string): Endpoint {
  const settings: Partial<TransportSettings> = { apiHost, tls: { skipVerify: false, certsDir: '' } };
  return new Endpoint({ settings } as Transport);
}

describe('registry/http/endpoint', () => {
  it.each([
    ['https://r.com/v2/x?a=b', 'r.com', '/v2/x?a=b'],
    ['http://r.com/v2/x', 'r.com:5000', '/v2/x'],
    ['https://r.com//evil.com/x', 'r.com', '//evil.com/x'],
    ['https://r.com:6000/v2/x', 'r.com:5000', undefined],
    ['https://evil.com/v2/x', 'r.com', undefined],
    ['https://r.com.evil.com/v2/x', 'r.com', undefined],
    ['https://r.com@evil.com/v2/x', 'r.com', undefined],
  ])('takes %s of %s for the path %s', (url, host, path) => {
    expect(endpoint(host).ownPath(new URL(url))).toBe(path);
  });
});
