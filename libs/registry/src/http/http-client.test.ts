import { describe, expect, it } from 'vitest';
import { httpClientOf } from './http-client.ts';

describe('registry/http/http-client', () => {
  it.each([
    [undefined, 'undici'],
    ['', 'undici'],
    ['undici', 'undici'],
    ['sockets', 'sockets'],
  ])('takes for %j the client %s', (given, client) => {
    expect(httpClientOf({ REGFLEET_HTTP_CLIENT: given })).toBe(client);
  });

  it('refuses any other, and says which there are', () => {
    expect(() => httpClientOf({ REGFLEET_HTTP_CLIENT: 'curl' })).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: 'REGFLEET_HTTP_CLIENT is "curl", which is no client of ours',
        hint: 'set it to undici or sockets, or leave it out',
      }),
    );
  });
});
