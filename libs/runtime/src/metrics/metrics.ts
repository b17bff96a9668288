import type { CopyOutcome, ErrorKind, Logger, RelayName, SerialisedSyncError } from '@regfleet/model';
import { toSyncError } from '@regfleet/model';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { createInstruments, type Instruments } from './instruments.ts';
import { collectQueueJobs, type QueueJobs } from './queue-jobs.ts';

/** The parts of a run record that are measured. */
export interface EndedRun {
  /** Absent for one-off images. */
  readonly task?: string;
  readonly outcome?: string;
  /** Epoch milliseconds. */
  readonly startedAtMs: number;
  /** Epoch milliseconds. */
  readonly finishedAtMs?: number;
  readonly counts?: {
    /** Absent: 0. */
    readonly emptyFilters?: number;
  };
}

export interface EndedCopy {
  /** Empty for one-off images. */
  readonly task: string;
  readonly relay: RelayName;
  readonly outcome: CopyOutcome | 'failed';
  /** Of the last attempt. */
  readonly durationMs: number;
}

/** What a process of ours counts, one method per event. The names are documented in `docs/metrics.md`. */
export interface Metrics {
  runFinished(run: EndedRun): void;
  /** For successes that another process saw, e.g. before this one started. */
  taskSucceeded(task: string, atMs: number): void;
  /** @returns to be called when the copy ends, however it does. */
  copyStarted(relay: RelayName): () => void;
  copyFinished(copy: EndedCopy): void;
  /** Every failed attempt, whether it is repeated or not. */
  copyFailedAttempt(error: SerialisedSyncError): void;
  retried(kind: ErrorKind): void;
  /** @param request.code - the HTTP status, or `error` when none came. */
  requestSent(request: { registry: string; method: string; code: string }): void;
  /**
   * Asks for the depth of the queues at every scrape. For the scheduler only: each queue must be reported once.
   *
   * When `depths` fails, the scrape goes on without them.
   */
  observeQueues(depths: () => Promise<readonly QueueJobs[]>, logger: Logger): void;
  /** Asks at every scrape when Redis last answered; epoch milliseconds. */
  observeRedis(answeredAtMs: () => number): void;
  readonly contentType: string;
  /** Everything in the text exposition format. */
  expose(): Promise<string>;
}

// prom-client's names for gauges; `_total` is reserved for counters, and nodejs_active_resources tells the same.
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  const instruments = createInstruments(registry);
  let redisAnsweredAtMs = (): number => 0;
  return {
    ...runEvents(instruments),
    ...copyEvents(instruments),
    requestSent: (request) => instruments.registryRequests.inc(request),
    observeQueues: (depths, logger) =>
      collectQueueJobs(registry, depths, (error) =>
        logger.warn({ error: toSyncError(error) }, 'queue depths left out of metrics'),
      ),
    observeRedis: (answeredAtMs) => {
      redisAnsweredAtMs = answeredAtMs;
    },
    contentType: registry.contentType,
    expose: () => {
      instruments.redisAnswered.set(redisAnsweredAtMs() / 1000);
      return registry.metrics();
    },
  };
}

function runEvents(instruments: Instruments): Pick<Metrics, 'runFinished' | 'taskSucceeded'> {
  const taskSucceeded = (task: string, atMs: number): void =>
    instruments.taskLastSuccess.set({ task }, atMs / 1000);
  return {
    taskSucceeded,
    runFinished({ task = '', outcome = 'failed', startedAtMs, finishedAtMs, counts }) {
      instruments.runs.inc({ task, outcome });
      if (finishedAtMs === undefined || outcome === 'skipped') return;
      if (task !== '') instruments.emptyFilters.inc({ task }, counts?.emptyFilters ?? 0);
      instruments.runDuration.observe({ task }, (finishedAtMs - startedAtMs) / 1000);
      if (outcome === 'succeeded' && task !== '') taskSucceeded(task, finishedAtMs);
    },
  };
}

function copyEvents(
  instruments: Instruments,
): Pick<Metrics, 'copyStarted' | 'copyFinished' | 'copyFailedAttempt' | 'retried'> {
  return {
    copyStarted(relay) {
      instruments.copiesActive.inc({ relay });
      let ended = false;
      return () => {
        if (!ended) instruments.copiesActive.dec({ relay });
        ended = true;
      };
    },
    copyFinished({ task, relay, outcome, durationMs }) {
      instruments.copies.inc({ task, relay, outcome });
      instruments.copyDuration.observe({ task, relay }, durationMs / 1000);
    },
    copyFailedAttempt({ registry = '', side = '', kind, code }) {
      instruments.copyErrors.inc({ registry, side, kind, code });
    },
    retried: (kind) => instruments.retries.inc({ kind }),
  };
}
