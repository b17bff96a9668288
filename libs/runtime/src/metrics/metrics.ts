import type { CopyOutcome, ErrorKind, Logger, RelayName, SerialisedSyncError } from '@regfleet/model';
import { toSyncError } from '@regfleet/model';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { createInstruments, type Instruments } from './instruments.ts';
import { forgetUnnamed, type Named } from './named.ts';
import { collectQueueJobs, type QueueJobs } from './queue-jobs.ts';
import { collectTaskTimes, type TaskTimes } from './task-times.ts';

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

/** Why something is held back. Each is told of from the beginning, or an alert would miss the first. */
const HOLD_CAUSES = ['operator', 'outage', 'login'] as const;

type HoldCause = (typeof HOLD_CAUSES)[number];

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
  /** Asks at every scrape what is held back. */
  observeHolds(holds: () => readonly { readonly cause: HoldCause }[]): void;
  /** Asks at every scrape when Redis last answered; epoch milliseconds. */
  observeRedis(answeredAtMs: () => number): void;
  /**
   * Asks for the times of every task at every scrape. For the scheduler only.
   *
   * When `times` fails, the scrape goes on with those of the scrape before.
   */
  observeTasks(times: () => Promise<readonly TaskTimes[]>, logger: Logger): void;
  /** Tells of no other tasks and registries from now on, whatever was counted. Asked at every scrape. */
  nameOnly(named: Named): void;
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
  let holds = (): readonly { readonly cause: HoldCause }[] => [];
  let redisAnsweredAtMs = (): number => 0;
  let named: Named | undefined;
  return {
    ...runEvents(instruments),
    ...copyEvents(instruments),
    requestSent: (request) => instruments.registryRequests.inc(request),
    observeQueues: (depths, logger) =>
      collectQueueJobs(registry, depths, (error) =>
        logger.warn({ error: toSyncError(error) }, 'queue depths left out of metrics'),
      ),
    observeHolds: (current) => {
      holds = current;
    },
    observeRedis: (answeredAtMs) => {
      redisAnsweredAtMs = answeredAtMs;
    },
    observeTasks: (times, logger) =>
      collectTaskTimes(
        registry,
        async () => {
          const tasks = await times();
          // What appears with its first count has not increased, as Prometheus sees it: the first run after a start would be missed.
          for (const { task } of tasks) instruments.emptyFilters.inc({ task }, 0);
          return tasks;
        },
        (error) =>
          logger.warn({ error: toSyncError(error) }, 'times of tasks are those of the scrape before'),
      ),
    nameOnly: (next) => {
      named = next;
    },
    contentType: registry.contentType,
    async expose() {
      if (named !== undefined) await forgetUnnamed(instruments, named);
      for (const cause of HOLD_CAUSES)
        instruments.holds.set({ cause }, holds().filter((hold) => hold.cause === cause).length);
      instruments.redisAnswered.set(redisAnsweredAtMs() / 1000);
      return registry.metrics();
    },
  };
}

function runEvents(instruments: Instruments): Pick<Metrics, 'runFinished'> {
  return {
    runFinished({ task = '', outcome = 'failed', startedAtMs, finishedAtMs, counts }) {
      instruments.runs.inc({ task, outcome });
      if (finishedAtMs === undefined || outcome === 'skipped') return;
      if (task !== '') instruments.emptyFilters.inc({ task }, counts?.emptyFilters ?? 0);
      instruments.runDuration.observe({ task }, Math.max(0, finishedAtMs - startedAtMs) / 1000);
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
