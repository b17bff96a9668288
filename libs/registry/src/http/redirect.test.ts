import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { redirectTarget } from './redirect.ts';
import type { WireRequest } from './wire-request.ts';

const REQUEST: WireRequest = {
  method: 'GET',
  url: new URL('https://registry.example.com/v2/a/blobs/sha256:1'),
  headers: { range: 'bytes=5-' },
  authorization: { value: 'Bearer x', origin: 'https://registry.example.com' },
  isRepeatable: true,
  namedBy: 'operator',
};

const follow = (location: string | undefined, status = 307, request: Partial<WireRequest> = {}) =>
  redirectTarget({ ...REQUEST, ...request }, { status, headers: { location } });

describe('registry/http/redirect', () => {
  it.each([301, 302, 303, 307, 308])('follows a %i to another origin without credentials', (status) => {
    const target = follow('https://cdn.example.com/b?sig=1', status);
    expect(target?.url.href).toBe('https://cdn.example.com/b?sig=1');
    expect(target?.headers).toEqual({ range: 'bytes=5-' });
    expect(target?.authorization).toBeUndefined();
    expect(target?.namedBy).toBe('redirect');
  });

  it.each(['http://registry.example.com/b', 'https://registry.example.com:8443/b', 'https://other.com/b'])(
    'takes %s for another origin',
    (location) => {
      const target = follow(location, 307, { isVerified: true });
      expect(target?.url.href).toBe(location);
      expect(target?.authorization).toBeUndefined();
    },
  );

  it.each(['http://registry.example.com/b', 'http://cdn.example.com/b'])(
    'does not leave TLS for %s when nothing verifies what comes',
    (location) => {
      const refusal = expect.objectContaining({ code: 'REDIRECT_REFUSED', registry: 'registry.example.com' });
      expect(() => follow(location)).toThrow(refusal);
      expect(() => follow(location, 307, { method: 'HEAD' })).toThrow(refusal);
      const url = new URL('http://registry.example.com/a');
      expect(follow(location, 307, { url })?.url.href).toBe(location);
    },
  );

  it('lets a token server lead no further than a registry may name one', () => {
    expect(follow('https://other.com/token', 302, { namedBy: 'service' })?.namedBy).toBe('service');
  });

  it.each(['/elsewhere', 'https://registry.example.com/elsewhere'])(
    'keeps credentials on the same origin: %s',
    (location) => {
      expect(follow(location)).toMatchObject({ authorization: { value: 'Bearer x' }, namedBy: 'operator' });
    },
  );

  it.each([
    ['a PUT that is to become a GET', '/elsewhere', 302, 'PUT'],
    ['a PUT to another host', 'https://cdn.example.com/b', 307, 'PUT'],
    ['a POST to another port', 'https://registry.example.com:8443/b', 308, 'POST'],
    ['a POST to no address', 'https://', 307, 'POST'],
    ['an answer that is no redirect', '/elsewhere', 201, 'GET'],
    ['a redirect to nowhere', undefined, 307, 'GET'],
  ] as const)('does not follow %s', (_title, location, status, method) => {
    expect(follow(location, status, { method })).toBeUndefined();
  });

  it.each(['/elsewhere', 'http://registry.example.com/elsewhere'])(
    'follows a write to %s with its login, by TLS as it began',
    (location) => {
      for (const method of ['POST', 'PUT', 'PATCH'] as const) {
        const target = follow(location, 308, { method, body: 'x' });
        expect(target?.url.href).toBe('https://registry.example.com/elsewhere');
        expect(target).toMatchObject({ method, body: 'x', authorization: { value: 'Bearer x' } });
      }
    },
  );

  it('leaves it to others to send a stream again', () => {
    expect(follow('/elsewhere', 307, { method: 'PUT', body: () => Readable.from([]) })).toBeUndefined();
  });

  it.each(['ftp://cdn.example.com/b', 'https://', 'file:///etc/passwd'])('refuses %s', (location) => {
    expect(() => follow(location)).toThrow(expect.objectContaining({ code: 'REDIRECT_REFUSED' }));
  });
});
