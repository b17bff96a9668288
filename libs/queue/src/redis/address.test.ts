import { describe, expect, it } from 'vitest';
import { parseRedisUrl } from './address.ts';

describe('queue/redis/address', () => {
  it.each([
    ['redis://localhost', 'redis://localhost:6379', { host: 'localhost', port: 6379 }],
    ['redis://:p%40ss@h:7/2', 'redis://h:7/2', { host: 'h', port: 7, password: 'p@ss', db: 2 }],
    [
      'rediss://me:pw@h',
      'rediss://h:6379',
      { host: 'h', port: 6379, username: 'me', password: 'pw', tls: { servername: 'h' } },
    ],
    ['rediss://10.0.0.1', 'rediss://10.0.0.1:6379', { host: '10.0.0.1', port: 6379, tls: {} }],
    ['redis://[::1]:7', 'redis://[::1]:7', { host: '::1', port: 7 }],
    ['unix:///run/redis.sock', 'unix:///run/redis.sock', { path: '/run/redis.sock' }],
    ['unix:///var/my%20state/r.sock', 'unix:///var/my state/r.sock', { path: '/var/my state/r.sock' }],
    ['unix:///run/redis.sock?db=3', 'unix:///run/redis.sock', { path: '/run/redis.sock', db: 3 }],
  ])('reads %s', (url, address, options) => {
    expect(parseRedisUrl(url)).toEqual({ address, options });
  });

  it.each([
    '',
    'localhost:6379',
    'http://:secret@host',
    'redis://:secret%zz@host',
    'redis://secret%zz@host',
    'unix:///secret%zz',
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
  ])('refuses "%s" without repeating it', (url) => {
    expect(() => parseRedisUrl(url)).toThrow(expect.objectContaining({ code: 'REDIS_UNSUITABLE' }));
    expect(() => parseRedisUrl(url)).not.toThrow(/secret/);
  });
});
