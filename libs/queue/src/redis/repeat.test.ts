import { type Logger, SyncError, silentLogger } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { repeat } from './repeat.ts';

describe('queue/redis/repeat', () => {
  it('tells of a failure once, until it has passed or is another one', async () => {
    const told: string[] = [];
    const logger: Logger = { ...silentLogger, warn: (fields) => told.push(JSON.stringify(fields)) };
    let done = 0;
    let failure: string | undefined;
    const repetition = repeat(60_000, logger, async () => {
      done += 1;
      if (failure !== undefined) throw new SyncError('REDIS_UNSUITABLE', { message: failure });
    });
    const failures = ['refused', 'refused', 'gone', 'gone', undefined, 'gone'];
    for (const [index, next] of failures.entries()) {
      failure = next;
      repetition.now();
      await expect.poll(() => done).toBe(index + 1);
    }
    await repetition.stop();
    expect(told.map((line) => /refused|gone/.exec(line)?.[0])).toEqual(['refused', 'gone', 'gone']);
  });
});
