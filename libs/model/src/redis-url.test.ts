import { describe, expect, it } from 'vitest';
import { isRedisUrlProblem, type RedisPlace, readRedisUrl, showRedisPlace } from './redis-url.ts';

const server = (host: string, port = 6379) => ({ kind: 'server', isTls: false, server: { host, port } });
const sentinels = (...servers: readonly (readonly [string, number])[]) => ({
  kind: 'sentinel',
  isTls: false,
  sentinels: servers.map(([host, port]) => ({ host, port })),
  name: 'main',
});

const GOOD: readonly (readonly [string, string, object])[] = [
  ['redis://localhost', 'redis://localhost:6379', server('localhost')],
  ['redis://:p%40ss@h:7/2', 'redis://h:7/2', { ...server('h', 7), password: 'p@ss', db: 2 }],
  ['rediss://me:pw@h', 'rediss://h:6379', { ...server('h'), isTls: true, username: 'me', password: 'pw' }],
  ['redis://[::1]:7', 'redis://[::1]:7', server('::1', 7)],
  ['unix:///run/redis.sock', 'unix:///run/redis.sock', { kind: 'socket', path: '/run/redis.sock' }],
  ['unix:///var/my%20state/r', 'unix:///var/my state/r', { kind: 'socket', path: '/var/my state/r' }],
  ['unix:///run/r.sock?db=3', 'unix:///run/r.sock', { kind: 'socket', path: '/run/r.sock', db: 3 }],
  ['redis+sentinel://a/main', 'redis+sentinel://a/main', sentinels(['a', 26_379])],
  [
    'redis+sentinel://me:p%40%3A@a:1,b,[::1]:3/main/4',
    'redis+sentinel://a:1,b,[::1]:3/main/4',
    { ...sentinels(['a', 1], ['b', 26_379], ['::1', 3]), username: 'me', password: 'p@:', db: 4 },
  ],
  [
    'redis+sentinel://:p@a/main?db=2',
    'redis+sentinel://a/main/2',
    { ...sentinels(['a', 26_379]), password: 'p', db: 2 },
  ],
  ['rediss+sentinel://a/main', 'rediss+sentinel://a/main', { ...sentinels(['a', 26_379]), isTls: true }],
];

const BAD = [
  '',
  'localhost:6379',
  'http://:secret@host',
  'redis://:secret%zz@host',
  'redis://secret%zz@host',
  'unix:///secret%zz',
  'unix:///',
  'redis:///3',
  'redis://host/secret',
  'redis://host/-1',
  'redis://host/1.5',
  'redis://host/3/',
  'redis://host/1e1',
  'redis://host/%31',
  'redis://host/12345678901234567890',
  'redis://user:12/secret@host',
  'redis://host?db=secret',
  'rediss://host/0x1',
  'unix:///run/redis.sock?db=-1',
  'redis+sentinel://a,b',
  'redis+sentinel://a,b/',
  'redis+sentinel://a,,b/main',
  'redis+sentinel:///main',
  'redis+sentinel://a:0/main',
  'redis+sentinel://a:65536/main',
  'redis+sentinel://:secret%zz@a/main',
  'redis+sentinel://a/main/secret',
  'redis+sentinel://u:12/secret@a/main',
  'redis+sentinel://a/secret%zz',
];

describe('model/redis-url', () => {
  it.each(GOOD)('reads %s, shown as %s', (url, shown, place) => {
    const read = readRedisUrl(url);
    expect(read).toEqual(place);
    expect(showRedisPlace(read as RedisPlace)).toBe(shown);
  });

  it.each(BAD)('refuses "%s" without repeating it, and says what to write', (url) => {
    const read = readRedisUrl(url);
    expect(isRedisUrlProblem(read) && read.hint).toMatch(/\w/);
    expect(JSON.stringify(read)).not.toContain('secret');
  });
});
