import { describe, expect, it } from 'vitest';
import { checkedRealm } from './realm.ts';

describe('registry/auth/realm', () => {
  it.each([
    ['https://auth.example.com/token', 'https://example.com/v2/', 'https://auth.example.com/token'],
    ['https://auth.example.com/token', 'http://example.com/v2/', 'https://auth.example.com/token'],
    ['http://example.com/token', 'http://example.com/v2/', 'http://example.com/token'],
    ['http://auth.example.com/token', 'http://example.com/v2/', 'http://auth.example.com/token'],
    ['http://127.0.0.2:5001/token', 'http://localhost:5000/v2/', 'http://127.0.0.2:5001/token'],
    ['https://auth.example.com/token', 'http://localhost:5000/v2/', 'https://auth.example.com/token'],
    ['/token?a=b', 'https://example.com/v2/', 'https://example.com/token?a=b'],
    ['https://user:pw@auth.example.com/token', 'https://example.com/v2/', 'https://auth.example.com/token'],
  ])('takes %s of a registry at %s', (realm, registry, url) => {
    expect(checkedRealm(realm, new URL(registry), 'example.com').href).toBe(url);
  });

  it.each(['http://127.0.0.1:5000/v2/', 'http://localhost:5000/v2/', 'http://[::1]:5000/v2/'])(
    'sends nothing over the network in the clear that came to %s',
    (registry) => {
      const check = () => checkedRealm('http://auth.example.com/token', new URL(registry), 'local');
      expect(check).toThrow(expect.objectContaining({ code: 'REDIRECT_REFUSED' }));
    },
  );

  it.each([
    ['http://example.com/token', 'REDIRECT_REFUSED'],
    ['file:///etc/passwd', 'RESPONSE_INVALID'],
    ['https://', 'RESPONSE_INVALID'],
    ['ftp://example.com', 'RESPONSE_INVALID'],
  ])('refuses %s of a registry with TLS', (realm, code) => {
    const check = () => checkedRealm(realm, new URL('https://example.com/v2/'), 'example.com');
    expect(check).toThrow(expect.objectContaining({ code, registry: 'example.com' }));
  });
});
