import { setTimeout as pause } from 'node:timers/promises';
import { parseLane } from '@regfleet/fleet';
import type { Job } from 'bullmq';
import type { Internals } from '../jobs/internals.ts';
import { runScript, script } from '../redis/script.ts';

/** What nobody releases, since Redis or all processes were gone when the hold was lifted, goes on by itself. */
export const MOST_PARKED_MS = 10 * 60_000;

const KEPT_S = 60 * 60;
const PAGE = 200;
// A copy is noted before it is delayed: in between it counts as active.
const ACTIVE = { rounds: 10, waitMs: 200 };

/** ARGV: lane and job, seconds. Both or neither: what does not expire may stay for ever. */
const NOTE_COPY = script("redis.call('SADD', KEYS[1], ARGV[1]) redis.call('EXPIRE', KEYS[1], ARGV[2])");

/**
 * Notes a copy whose task is held; to be called before it is delayed.
 *
 * @returns false where it cannot be noted: nobody releases it.
 */
export async function parkCopy(internals: Internals, task: string, job: Job): Promise<boolean> {
  const { client, keys, unreadable } = internals;
  const key = keys.parked(task);
  const noted = await unreadable.unless(key, async () => {
    await runScript(client, NOTE_COPY, [key], [`${job.queueName} ${job.id}`, KEPT_S]);
    return true;
  });
  return noted === true;
}

/** Has the noted copies of a task taken again at once; each is released by one process only. */
export async function releaseParked(internals: Internals, task: string): Promise<void> {
  const { client, keys, unreadable } = internals;
  const key = keys.parked(task);
  await unreadable.unless(key, async () => {
    for (;;) {
      const noted = await client.spop(key, PAGE);
      if (noted.length === 0) return;
      await Promise.all(noted.map((entry) => release(internals, entry)));
    }
  });
}

async function release({ queues }: Internals, entry: string): Promise<void> {
  const blank = entry.indexOf(' ');
  const [lane, jobId] = [entry.slice(0, blank), entry.slice(blank + 1)];
  if (parseLane(lane) === undefined) return;
  const queue = queues.get(lane);
  for (let round = 0; round < ACTIVE.rounds; round++) {
    const state = await queue.getJobState(jobId);
    if (state === 'delayed')
      return queue
        .getBackend()
        .promote(jobId)
        .catch(() => undefined);
    if (state !== 'active') return;
    await pause(ACTIVE.waitMs);
  }
}
