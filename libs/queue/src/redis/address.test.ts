import { describe, expect, it } from 'vitest';
import { redisTarget } from './address.ts';

describe('queue/redis/address', () => {
  it('shows where a Redis is without its credentials', () => {
    expect(redisTarget('redis://u:hunter2@h/2').address).toBe('redis://h:6379/2');
    expect(redisTarget('redis+sentinel://u:hunter2@a,b:7/main').address).toBe('redis+sentinel://a,b:7/main');
  });

  it.each(['', 'http://:secret@host', 'redis://:secret%zz@host', 'redis://user:12/secret@host'])(
    'refuses "%s" without repeating it',
    (url) => {
      expect(() => redisTarget(url)).toThrow(expect.objectContaining({ code: 'REDIS_UNSUITABLE' }));
      expect(() => redisTarget(url)).not.toThrow(/secret/);
    },
  );
});
