import { parseLane } from '@regfleet/fleet';
import { LONGEST_WAIT_MS } from '@regfleet/model';
import type { Queue } from 'bullmq';
import { dueOfScore, scoreOfDue } from '../jobs/delayed-score.ts';
import type { Internals } from '../jobs/internals.ts';
import { RUNS_QUEUE } from '../jobs/names.ts';
import { readCopyPayload } from '../jobs/payload.ts';
import { plannedJobIds } from '../jobs/planned-jobs.ts';
import { CLOCK_SKEW_MS, clockDifferenceMs } from '../redis/clock.ts';
import { readEpochMs } from '../redis/epoch.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
// The next look takes the rest.
const PAGE = 1_000;
const STAMPS = ['lastEndedAtMs', 'lastSuccessAtMs', 'knownSinceMs'] as const;

// A live owner renews its key, so that a short life does no harm.
const RENEWED_MS = 60_000;

/**
 * Takes back what was written while a clock was ahead and that would keep a task, a copy or a registry waiting until then.
 *
 * @param queues - names of all queues.
 * @returns how much was taken back; none while nobody can say which clock is wrong.
 */
export async function mendTimesToCome(internals: Internals, queues: readonly string[]): Promise<number> {
  const { client, keys, logger, unreadable } = internals;
  if (Math.abs(await clockDifferenceMs(client)) > CLOCK_SKEW_MS) return 0;
  let mended = (await unreadable.unless(keys.tasks, () => mendStamps(internals))) ?? 0;
  for (const name of queues) {
    const queue = internals.queues.get(name);
    const each = [
      () => releaseStranded(internals, queue),
      () => shortenLocks(internals, queue),
      () => endLongLimit(internals, queue),
    ];
    for (const mend of each) mended += (await unreadable.unless(keys.root + name, mend)) ?? 0;
  }
  if (mended > 0)
    logger.warn({ mended }, 'times were taken back that lay too far ahead: a clock must have been wrong');
  return mended;
}

/** Counted from now on: when it really was, nobody knows. */
async function mendStamps({ client, keys, unreadable }: Internals): Promise<number> {
  const nowMs = Date.now();
  let mended = 0;
  for (const task of await client.zrange(keys.tasks, 0, -1)) {
    const key = keys.task(task);
    const stamps = (await unreadable.unless(key, () => client.hmget(key, ...STAMPS))) ?? [];
    const wrong = STAMPS.filter((_, index) => (readEpochMs(stamps[index]) ?? 0) > nowMs + CLOCK_SKEW_MS);
    for (const stamp of wrong) await client.hset(key, stamp, nowMs);
    mended += wrong.length;
  }
  return mended;
}

/** Jobs that wait for longer than anything of ours lets a job wait; firings that are planned may be years away. */
async function releaseStranded(internals: Internals, queue: Queue): Promise<number> {
  const latestMs = Date.now() + CLOCK_SKEW_MS;
  const ids = await internals.client.zrangebyscore(
    queue.toKey('delayed'),
    scoreOfDue(latestMs + LONGEST_WAIT_MS),
    '+inf',
    'LIMIT',
    0,
    PAGE,
  );
  if (ids.length === 0) return 0;
  const planned = new Set(queue.name === RUNS_QUEUE ? await plannedJobIds(internals) : []);
  let released = 0;
  for (const id of ids.filter((candidate) => !planned.has(candidate))) {
    const job = await queue.getJob(id);
    const score = Number(await internals.client.zscore(queue.toKey('delayed'), id));
    if (job === undefined || dueOfScore(score) <= latestMs + longestWaitMs(queue.name, job.data)) continue;
    await job.promote();
    released += 1;
  }
  return released;
}

function longestWaitMs(queue: string, data: unknown): number {
  const lane = parseLane(queue);
  if (lane === undefined) return LONGEST_WAIT_MS;
  try {
    return Math.max(LONGEST_WAIT_MS, readCopyPayload(data, lane).maxBackoffMs);
  } catch {
    return LONGEST_WAIT_MS;
  }
}

/** Redis' own clock was ahead when a worker locked a job: without the worker nobody would miss it until then. */
async function shortenLocks({ client }: Internals, queue: Queue): Promise<number> {
  const ids = await client.lrange(queue.toKey('active'), 0, PAGE - 1);
  let shortened = 0;
  for (const id of ids) {
    const lock = `${queue.toKey(id)}:lock`;
    if ((await client.pttl(lock)) > DAY_MS) shortened += await client.pexpire(lock, RENEWED_MS);
  }
  return shortened;
}

/** No registry is left alone for longer than `LONGEST_WAIT_MS`. */
async function endLongLimit({ client }: Internals, queue: Queue): Promise<number> {
  const leftMs = await client.pttl(queue.toKey('limiter'));
  if (leftMs <= LONGEST_WAIT_MS + CLOCK_SKEW_MS) return 0;
  await queue.removeRateLimitKey();
  return 1;
}
