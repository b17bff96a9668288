import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { COPIED, openRun, orders, QUICK_LOCKS, useFleets } from './queue.fixture.ts';

const IMAGES = 150;
const FLAPS = 20;

describe('queue/full-redis', () => {
  const fleets = useFleets({ persistent: true });

  const fill = (isFull: boolean): Promise<string> =>
    fleets.redis.call('CONFIG', 'SET', 'maxmemory', isFull ? '1' : '0');

  it('counts every copy once, fails none and spends no attempt while Redis is full again and again, and for longer than a lock lasts', async () => {
    const fleet = await fleets.connect();
    const attempts: number[] = [];
    const runId = await openRun(fleet);
    fleets.copies({
      fleet,
      copy: async ({ attempt }) => {
        attempts.push(attempt);
        // A copy takes a while, so that some are under way whenever Redis is full.
        await pause(20);
        return COPIED;
      },
    });
    const queued = fleet.runs
      .enqueueAll(runId, orders(IMAGES, { attempts: 1 }))
      .then(() => fleet.runs.finishExpansion(runId, []));
    const ended = queued.then(() => fleet.runs.wait(runId));
    for (let flap = 0; flap < FLAPS; flap += 1) {
      await fill(true);
      await pause(40);
      await fill(false);
      // The leader's house-keeping must not take for lost what could not be written.
      void fleet.sweep();
      await pause(40);
    }
    await eventually(() => attempts.length > 5, { deadlineMs: 20_000 });
    await fill(true);
    await eventually(() => fleet.trouble?.message.includes('OOM'), { deadlineMs: 10_000 });
    await pause(2 * QUICK_LOCKS.lockDurationMs);
    await fill(false);
    const { counts, outcome, errors } = await ended;
    expect(errors).toEqual([]);
    expect(counts).toMatchObject({ enqueued: IMAGES, failed: 0, skipped: 0 });
    expect(counts.copied + counts.unchanged).toBe(IMAGES);
    expect(outcome).toBe('succeeded');
    expect(new Set(attempts)).toEqual(new Set([1]));
  });
});
