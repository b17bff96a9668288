import { describe, expect, it } from 'vitest';
import { parseChallenges, preferredChallenge } from './challenge.ts';

const bearer = (params: Record<string, string>) => ({ scheme: 'bearer', params });

describe('registry/http/challenge', () => {
  it.each([
    [
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/busybox:pull"',
      [
        bearer({
          realm: 'https://auth.docker.io/token',
          service: 'registry.docker.io',
          scope: 'repository:library/busybox:pull',
        }),
      ],
    ],
    ['Basic realm="Registry Realm"', [{ scheme: 'basic', params: { realm: 'Registry Realm' } }]],
    ['basic', [{ scheme: 'basic', params: {} }]],
    [
      'Bearer realm="https://a/t?x=1,2", service="a \\"b\\" c"',
      [bearer({ realm: 'https://a/t?x=1,2', service: 'a "b" c' })],
    ],
    [
      'BEARER Realm=https://a/t?q=1,Service=a,scope=repository:x:pull,push',
      [bearer({ realm: 'https://a/t?q=1', service: 'a', scope: 'repository:x:pull,push' })],
    ],
    ["Bearer realm='https://a/t', service='a'", [bearer({ realm: 'https://a/t', service: 'a' })]],
    ['Bearer realm = "https://a/t" , service = "a"', [bearer({ realm: 'https://a/t', service: 'a' })]],
    ['Bearer realm="https://a/t', [bearer({ realm: 'https://a/t' })]],
    [
      'Basic realm="a, b", Bearer realm="https://a/t",error="invalid_token"',
      [
        { scheme: 'basic', params: { realm: 'a, b' } },
        bearer({ realm: 'https://a/t', error: 'invalid_token' }),
      ],
    ],
    [
      'Negotiate, Basic realm="a"',
      [
        { scheme: 'negotiate', params: {} },
        { scheme: 'basic', params: { realm: 'a' } },
      ],
    ],
    ['', []],
    ['realm="nobody"', []],
    [', ,', []],
  ])('reads %s', (header, challenges) => {
    expect(parseChallenges(header)).toEqual(challenges);
  });

  it.each([
    ['Basic realm="a", Bearer realm="https://a/t"', 'bearer'],
    ['Bearer service="no realm", Basic realm="a"', 'basic'],
    ['Negotiate', undefined],
  ])('answers of %s the one for %s', (header, scheme) => {
    expect(preferredChallenge(parseChallenges(header))?.scheme).toBe(scheme);
  });
});
