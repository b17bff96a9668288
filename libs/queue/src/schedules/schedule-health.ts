import type { ScheduleSpec } from '@regfleet/fleet';
import { nextCronFiring } from '@regfleet/model';
import type { JobSchedulerJson } from 'bullmq';
import { dueOfScore } from '../jobs/delayed-score.ts';
import type { Internals } from '../jobs/internals.ts';
import { plannedJobId, runIdOfJob } from '../jobs/names.ts';
import { CLOCK_SKEW_MS } from '../redis/clock.ts';
import { explained } from '../redis/wrong-type.ts';

/** What BullMQ keeps of a schedule. */
export type Scheduler = JobSchedulerJson<unknown>;

/** Why a schedule fires no more, or far too late. */
export interface Ailment {
  readonly reason: string;
  /** The firing that it waited for came to nothing: no run began with it. */
  readonly isFiringLost: boolean;
}

const ALIVE = new Set(['active', 'delayed', 'prioritized', 'waiting']);

/**
 * Whether the next job of a schedule is there and due when the schedule says; absent: it is.
 *
 * BullMQ plans a job when the one before begins. If that job goes, or was planned by a clock that was wrong, the schedule is dead.
 *
 * @param isClockTrusted - false: ours may be wrong, and no time is held against a schedule.
 */
export async function findAilment(
  internals: Internals,
  scheduler: Scheduler,
  { spec, isClockTrusted }: { spec: ScheduleSpec; isClockTrusted: boolean },
): Promise<Ailment | undefined> {
  const { client, queues } = internals;
  const { next } = scheduler;
  if (next == null) return { reason: 'it had no next firing', isFiringLost: false };
  const jobId = plannedJobId(spec.task, next);
  const [score, isThere] = await Promise.all([
    explained(client.zscore(queues.runs.toKey('delayed'), jobId)),
    client.exists(queues.runs.toKey(jobId)),
  ]);
  const dueMs = Math.max(next, score === null ? 0 : dueOfScore(Number(score)));
  if (isClockTrusted && dueMs > latestFiring(spec, Date.now())) {
    return {
      reason: `its next firing lay too far ahead, at ${new Date(dueMs).toISOString()}`,
      isFiringLost: false,
    };
  }
  const state = isThere === 0 ? 'gone' : await queues.runs.getJobState(jobId);
  if (ALIVE.has(state)) return undefined;
  // Whoever takes a job plans the next one before the job can end: what has moved on meanwhile is alive.
  const nextNow = await client.zscore(queues.runs.toKey('repeat'), spec.task);
  if (Number(nextNow) !== next) return undefined;
  if (isThere === 1) return { reason: `its job had ended (${state}) and none followed`, isFiringLost: false };
  return { reason: 'its next job was gone', isFiringLost: await isLost(internals, jobId, next) };
}

/**
 * What to say of a schedule that was there and is not there any more.
 *
 * @param next - its next firing when it was seen last; absent: nobody knows.
 */
export async function findLoss(
  internals: Internals,
  task: string,
  next: number | undefined,
): Promise<Ailment> {
  const isFiringLost = next !== undefined && (await isLost(internals, plannedJobId(task, next), next));
  return { reason: 'it was gone from Redis', isFiringLost };
}

/** A schedule that is alive fires next at this time or before; clocks may differ. */
function latestFiring(spec: ScheduleSpec, nowMs: number): number {
  const fromMs = nowMs + CLOCK_SKEW_MS;
  return 'everyMs' in spec ? fromMs + spec.everyMs : nextCronFiring(spec, fromMs);
}

async function isLost({ client, keys }: Internals, jobId: string, dueMs: number): Promise<boolean> {
  return dueMs <= Date.now() && (await client.exists(keys.run(runIdOfJob(jobId)))) === 0;
}
