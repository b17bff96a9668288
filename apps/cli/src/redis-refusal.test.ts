import { SyncError } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { redisRefusal } from './redis-refusal.ts';

const ADDRESS = 'redis://redis.test:6379';

describe('cli/redis-refusal', () => {
  it.each([
    ['WRONGTYPE Operation against a key holding the wrong kind of value', 'REDIS_UNSUITABLE'],
    ["NOPERM User u has no permissions to run the 'smembers' command", 'REDIS_UNSUITABLE'],
    ["READONLY You can't write against a read only replica.", 'REDIS_UNREACHABLE'],
    ["OOM command not allowed when used memory > 'maxmemory'.", 'REDIS_UNREACHABLE'],
    ['BUSYGROUP Consumer Group name already exists', 'REDIS_UNSUITABLE'],
  ])('tells the reply "%s" as %s', (reply, code) => {
    const error = Object.assign(new Error(reply), { name: 'ReplyError' });
    expect(redisRefusal(error, ADDRESS)).toMatchObject({
      code,
      message: expect.stringMatching(/^Redis at redis:\/\/redis\.test:6379 refuses a command: [A-Z]/),
    });
  });

  it('leaves other failures alone', () => {
    for (const error of [new SyncError('DENIED', { message: 'no' }), new TypeError('a bug'), 'text'])
      expect(redisRefusal(error, ADDRESS)).toBe(error);
  });
});
