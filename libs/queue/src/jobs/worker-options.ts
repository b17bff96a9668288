import type { LockTimes } from '@regfleet/fleet';
import type { Logger } from '@regfleet/model';
import { redact } from '@regfleet/model';
import type { Worker, WorkerOptions } from 'bullmq';
import { backoffStrategy } from './control.ts';
import type { Internals } from './internals.ts';
import { UNREACHABLE_LIMIT } from './limits.ts';
import { repeatStrategy } from './repeat-strategy.ts';

const DAY_S = 24 * 60 * 60;

// Long copies: a minute without renewal is a dead worker.
const DEFAULTS = { lockDurationMs: 60_000, stalledIntervalMs: 30_000 };

/** After how long the jobs, and the permits, of a silent process go to others. */
export const lockDurationMs = (lock: LockTimes): number => lock.lockDurationMs ?? DEFAULTS.lockDurationMs;

// Our own rules end a job long before: this is an end where they do not come to be asked.
const MAX_STALLED_COUNT = 1_000;

/** BullMQ's options that all our workers share. Retention is here, not in the jobs, where it would cost memory 10,000 times. */
export function workerOptions(internals: Internals, lock: LockTimes, concurrency: number): WorkerOptions {
  return {
    connection: internals.client,
    prefix: internals.keys.prefix,
    concurrency,
    lockDuration: lockDurationMs(lock),
    stalledInterval: lock.stalledIntervalMs ?? DEFAULTS.stalledIntervalMs,
    maxStalledCount: MAX_STALLED_COUNT,
    limiter: { max: UNREACHABLE_LIMIT, duration: 60_000 },
    // How soon a worker notices the end of a rate limit that was lifted, and of an outage.
    maximumRateLimitDelay: 10_000,
    runRetryDelay: 2_000,
    removeOnComplete: { age: DAY_S / 24, count: 100 },
    removeOnFail: { age: 7 * DAY_S, count: 1000 },
    settings: { backoffStrategy, repeatStrategy },
  };
}

/** The listeners that every worker needs. */
export function listenToWorker(worker: Worker, logger: Logger): void {
  worker.on('error', (error) => {
    logger.debug({ queue: worker.name, error: redact(error.message) }, 'trouble with a worker');
  });
  worker.on('lockRenewalFailed', (jobIds) => {
    // Another worker has the job, or will: two copies of one image at once help nobody.
    for (const jobId of jobIds) worker.cancelJob(jobId, 'lock-lost');
  });
}
