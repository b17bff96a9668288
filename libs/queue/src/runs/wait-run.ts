import { setTimeout as pause } from 'node:timers/promises';
import type { RunRecord } from '@regfleet/fleet';
import { SyncError } from '@regfleet/model';
import type { Internals } from '../jobs/internals.ts';
import { readRuns } from './read-run.ts';

// Signals can be lost, so the record is read this often anyhow.
const LOOK_MS = 2_000;
// A run of thousands of jobs changes many times a second.
const QUIET_MS = 100;

interface WaitOptions {
  readonly signal?: AbortSignal;
  readonly onChange?: (run: RunRecord) => void;
}

/** Reads a run whenever it may have changed, until it has ended. */
export async function waitForRun(
  internals: Internals,
  runId: string,
  { signal, onChange }: WaitOptions,
): Promise<RunRecord> {
  let changed = Promise.withResolvers<void>();
  const stop = internals.signals.listen((kind, id) => {
    if (kind === 'gap' || (id === runId && (kind === 'run' || kind === 'end'))) changed.resolve();
  });
  try {
    for (let last = ''; ; ) {
      signal?.throwIfAborted();
      changed = Promise.withResolvers();
      const run = await currentRun(internals, runId);
      const text = JSON.stringify(run);
      if (run !== undefined && text !== last) onChange?.(run);
      if (run?.finishedAtMs !== undefined) return run;
      last = text;
      await untilWoken(changed.promise, signal);
    }
  } finally {
    stop();
  }
}

/** Absent while the run is queued but not claimed. */
async function currentRun(internals: Internals, runId: string): Promise<RunRecord | undefined> {
  const [run] = await readRuns(internals, [runId]);
  if (run !== undefined || (await isQueued(internals, runId))) return run;
  // It may have been claimed, ended and even trimmed between the two looks.
  const [claimed] = await readRuns(internals, [runId]);
  if (claimed !== undefined) return claimed;
  throw new SyncError('JOB_LOST', {
    message: `run ${runId} is not known`,
    hint: 'its record was too old and was dropped, or Redis lost it: see the persistence settings of Redis',
  });
}

async function isQueued(internals: Internals, runId: string): Promise<boolean> {
  const state = await internals.queues.runs.getJobState(runId);
  return state !== 'unknown' && state !== 'completed' && state !== 'failed';
}

async function untilWoken(changed: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  const timers = new AbortController();
  const either = signal === undefined ? timers.signal : AbortSignal.any([timers.signal, signal]);
  const sleep = (ms: number): Promise<void> =>
    pause(ms, undefined, { signal: either }).catch(() => undefined);
  try {
    await Promise.race([changed, sleep(LOOK_MS)]);
    await sleep(QUIET_MS);
  } finally {
    timers.abort();
  }
}
