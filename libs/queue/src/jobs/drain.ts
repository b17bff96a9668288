import { setTimeout as pause } from 'node:timers/promises';
import { within } from '@regfleet/model';
import type { Worker } from 'bullmq';

/** For aborted copies to end and to be handed back; without Redis, to end. */
const HAND_BACK_MS = { answering: 5_000, gone: 1_000 };
/** For idle workers to close; with Redis gone they would wait for ever. */
const IDLE_CLOSE_MS = 2_000;
/** A worker that Redis has left while it began never says that it has stopped; `Fleet.close` ends its connection. */
const ABANDON_MS = 500;
const LOOK_MS = 20;

export interface DrainOptions {
  readonly graceMs: number;
  /** Jobs that are being worked on. */
  activeCount(): number;
  isAnswering(): boolean;
}

/**
 * Closes workers: no more jobs are taken, those that run get the grace period, the rest is aborted and handed back.
 *
 * Waits no longer than that when Redis is gone: such jobs go to another worker when their locks expire.
 */
export async function drainWorkers(workers: readonly Worker[], options: DrainOptions): Promise<void> {
  let isClosed = false;
  const closing = Promise.allSettled(workers.map((worker) => worker.close())).then(() => {
    isClosed = true;
  });
  await untilIdle(options, () => isClosed);
  if (!isClosed && options.activeCount() > 0) {
    for (const worker of workers) worker.cancelAllJobs('shutdown');
    const graceMs = options.isAnswering() ? HAND_BACK_MS.answering : HAND_BACK_MS.gone;
    await untilIdle({ ...options, graceMs }, () => isClosed);
  }
  const enough = new AbortController();
  await Promise.race([
    closing,
    pause(IDLE_CLOSE_MS, undefined, { signal: enough.signal }).catch(() => undefined),
  ]);
  enough.abort();
  if (!isClosed) await within(Promise.allSettled(workers.map(abandon)), ABANDON_MS);
}

/** Stops the blocking connection of a worker that cannot close, so that it keeps no process alive. */
async function abandon(worker: Worker): Promise<void> {
  await worker.getBackend().disconnectBlocking(false);
}

async function untilIdle({ graceMs, activeCount }: DrainOptions, isClosed: () => boolean): Promise<void> {
  const endsAtMs = performance.now() + graceMs;
  while (!isClosed() && activeCount() > 0 && performance.now() < endsAtMs) await pause(LOOK_MS);
}
