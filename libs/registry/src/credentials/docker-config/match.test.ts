import { describe, expect, it } from 'vitest';
import { matchAuthKey } from './match.ts';

describe('registry/credentials/docker-config/match', () => {
  it.each([
    { what: 'the host', keys: ['a.io', 'b.io'], host: 'b.io', found: 'b.io' },
    {
      what: 'the longest path',
      keys: ['a.io', 'a.io/team', 'a.io/team/app'],
      host: 'a.io',
      path: 'team/app',
      found: 'a.io/team/app',
    },
    {
      what: 'a parent of the path',
      keys: ['a.io', 'a.io/team'],
      host: 'a.io',
      path: 'team/app/web',
      found: 'a.io/team',
    },
    {
      what: 'the host where only other paths are known',
      keys: ['a.io', 'a.io/other'],
      host: 'a.io',
      path: 'team',
      found: 'a.io',
    },
    { what: 'a host with its port', keys: ['a.io', 'a.io:5000'], host: 'a.io:5000', found: 'a.io:5000' },
    { what: 'a host in other case', keys: ['A.io'], host: 'a.io', found: 'A.io' },
    { what: 'what an old docker wrote', keys: ['https://a.io/v1/'], host: 'a.io', found: 'https://a.io/v1/' },
    { what: 'a plain key before an old one', keys: ['https://a.io', 'a.io'], host: 'a.io', found: 'a.io' },
    {
      what: 'the key of Docker Hub',
      keys: ['https://index.docker.io/v1/'],
      host: 'docker.io',
      found: 'https://index.docker.io/v1/',
    },
    {
      what: 'Docker Hub as podman writes it',
      keys: ['docker.io'],
      host: 'registry-1.docker.io',
      found: 'docker.io',
    },
  ])('finds $what', ({ keys, host, path = '', found }) => {
    expect(matchAuthKey(keys, host, path)).toBe(found);
  });

  it.each([
    ['another port', ['a.io:5000'], 'a.io'],
    ['a path that is only a prefix in letters', ['a.io/tea'], 'a.io'],
    ['another host with the same ending', ['xa.io'], 'a.io'],
  ])('does not take %s', (_title, keys, host) => {
    expect(matchAuthKey(keys, host, 'team')).toBeUndefined();
  });
});
