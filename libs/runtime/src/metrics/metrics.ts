import type { CopyOutcome, ErrorKind, Logger, RelayName, SerialisedSyncError } from '@regfleet/model';
import { toSyncError } from '@regfleet/model';
import { collectDefaultMetrics, type Gauge, Registry } from 'prom-client';
import { collectFleet, type FleetState } from './fleet-gauges.ts';
import { createInstruments, createLeader, type Instruments } from './instruments.ts';
import { forgetUnnamed, type Named } from './named.ts';
import { collectQueueJobs, type QueueJobs } from './queue-jobs.ts';
import { collectTasks, type TaskState } from './task-gauges.ts';

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

/** What copies of a task are counted by. */
export interface TaskRoute {
  readonly task: string;
  readonly relay: RelayName;
  /** Registries. */
  readonly source: string;
  readonly target: string;
}

/** What a registry says that it lets somebody pull. */
export interface Allowance {
  readonly left: number;
  readonly limit: number;
  readonly windowMs: number;
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
  /** @param bytes - of blobs that went from a registry to another. */
  bytesCopied(route: { readonly source: string; readonly target: string }, bytes: number): void;
  /** Of so many blobs that the index of the fleet was asked about it knew so many. */
  blobsLookedUp(found: { readonly asked: number; readonly hits: number }): void;
  /** A registry has said how many pulls are left. */
  allowanceTold(registry: string, allowance: Allowance): void;
  /** A notification was sent, and taken or not. */
  notified(isDelivered: boolean): void;
  /** A config was read: it is in force, or was rejected. */
  configRead(isTaken: boolean): void;
  /** @param request.code - the HTTP status, or `error` when none came. */
  requestSent(request: { registry: string; method: string; code: string }): void;
  /** A request has waited for a rate, or for a pause that its registry had asked for. */
  requestWaited(registry: string, waitedMs: number): void;
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
   * Asks how every task is at every scrape. For the scheduler only.
   *
   * When `tasks` fails, the scrape goes on with what the scrape before told.
   */
  observeTasks(tasks: () => Promise<readonly TaskState[]>, logger: Logger): void;
  /** Asks how the fleet is at every scrape; absent: nobody can say, and what the scrape before told stays. For the scheduler only. */
  observeFleet(state: () => Promise<FleetState | undefined>, logger: Logger): void;
  /** Asks at every scrape whether this process leads. For the scheduler only. */
  observeLeadership(leads: () => boolean): void;
  /** Asks at every scrape for how much longer registries are left alone; those that are not named are none of ours. */
  observePauses(pauses: () => ReadonlyMap<string, number>): void;
  /** Asks at every scrape how many requests a second go to registries at most; those that are not named have no limit. */
  observeRates(rates: () => ReadonlyMap<string, number>): void;
  /** Asks at every scrape what tasks there are to be copied for, so that their series are there before their first copy. */
  observeRoutes(routes: () => readonly TaskRoute[]): void;
  /** Tells of no other tasks and registries from now on, whatever was counted. Asked at every scrape. */
  nameOnly(named: Named): void;
  readonly contentType: string;
  /** Everything in the text exposition format. */
  expose(): Promise<string>;
}

const RUN_OUTCOMES = ['succeeded', 'failed', 'skipped', 'cancelled'] as const;
const COPY_OUTCOMES = ['copied', 'unchanged', 'failed'] as const;

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
  for (const outcome of ['delivered', 'failed']) instruments.notifications.inc({ outcome }, 0);
  let named: Named | undefined;
  const asked = new Set<() => void | Promise<void>>();
  const ask = (question: () => void | Promise<void>): void => void asked.add(question);
  return {
    ...runEvents(instruments),
    ...copyEvents(instruments),
    ...registryEvents(instruments),
    ...observers(registry, instruments, ask),
    ...questions(registry, instruments, ask),
    notified: (isDelivered) =>
      instruments.notifications.inc({ outcome: isDelivered ? 'delivered' : 'failed' }),
    configRead(isTaken) {
      instruments.configReload.set(isTaken ? 1 : 0);
      if (isTaken) instruments.configReloadedAt.setToCurrentTime();
    },
    nameOnly: (next) => {
      named = next;
    },
    contentType: registry.contentType,
    async expose() {
      if (named !== undefined) await forgetUnnamed(instruments, named);
      // Together, since each may wait for Redis; before the rest is told, since series begin with it.
      await Promise.all([...asked].map((question) => question()));
      return registry.metrics();
    },
  };
}

type Ask = (question: () => void | Promise<void>) => void;

type Observers = Pick<Metrics, 'observeQueues' | 'observeTasks' | 'observeFleet'>;

/** What is read from Redis. */
function observers(registry: Registry, instruments: Instruments, ask: Ask): Observers {
  const telling =
    (logger: Logger, message: string) =>
    (error: unknown): void =>
      logger.warn({ error: toSyncError(error) }, message);
  return {
    observeQueues: (depths, logger) =>
      ask(collectQueueJobs(registry, depths, telling(logger, 'queue depths left out of metrics'))),
    observeTasks(tasks, logger) {
      const begun = async (): Promise<readonly TaskState[]> => {
        const found = await tasks();
        // What appears with its first count has not increased, as Prometheus sees it: the first run after a start would be missed.
        for (const { task } of found) {
          instruments.emptyFilters.inc({ task }, 0);
          for (const outcome of RUN_OUTCOMES) instruments.runs.inc({ task, outcome }, 0);
        }
        return found;
      };
      const late = telling(logger, 'what metrics tell of tasks is that of the scrape before');
      ask(collectTasks(registry, begun, late));
    },
    observeFleet(state, logger) {
      const late = telling(logger, 'what metrics tell of the fleet is that of the scrape before');
      ask(collectFleet(registry, state, late));
    },
  };
}

type Questions = Pick<
  Metrics,
  'observeHolds' | 'observeRedis' | 'observeLeadership' | 'observePauses' | 'observeRates' | 'observeRoutes'
>;

/** What is asked of the process at every scrape. */
function questions(registry: Registry, instruments: Instruments, ask: Ask): Questions {
  const tellHolds = (holds: readonly { readonly cause: HoldCause }[]): void => {
    for (const cause of HOLD_CAUSES)
      instruments.holds.set({ cause }, holds.filter((hold) => hold.cause === cause).length);
  };
  tellHolds([]);
  return {
    observeHolds: (holds) => ask(() => tellHolds(holds())),
    observeRedis: (answeredAtMs) => ask(() => instruments.redisAnswered.set(answeredAtMs() / 1000)),
    observeLeadership(leads) {
      const leader = createLeader(registry);
      ask(() => leader.set(leads() ? 1 : 0));
    },
    observePauses: (pauses) => ask(() => tellEach(instruments.pauses, pauses(), 1000)),
    observeRates: (rates) => ask(() => tellEach(instruments.rates, rates(), 1)),
    observeRoutes: (routes) => ask(() => beginRoutes(instruments, routes())),
  };
}

function tellEach(gauge: Gauge<'registry'>, values: ReadonlyMap<string, number>, unit: number): void {
  gauge.reset();
  for (const [registry, value] of values) gauge.set({ registry }, value / unit);
}

function beginRoutes({ copies, copiedBytes, blobLookups }: Instruments, routes: readonly TaskRoute[]): void {
  for (const outcome of ['hit', 'miss']) blobLookups.inc({ outcome }, 0);
  for (const { task, relay, source, target } of routes) {
    for (const outcome of COPY_OUTCOMES) copies.inc({ task, relay, outcome }, 0);
    copiedBytes.inc({ registry: source, side: 'source' }, 0);
    copiedBytes.inc({ registry: target, side: 'target' }, 0);
  }
}

type RegistryEvents = Pick<Metrics, 'requestSent' | 'requestWaited' | 'allowanceTold' | 'blobsLookedUp'>;

const registryEvents = (instruments: Instruments): RegistryEvents => ({
  requestSent: (request) => instruments.registryRequests.inc(request),
  requestWaited: (registry, waitedMs) => instruments.requestWaits.inc({ registry }, waitedMs / 1000),
  allowanceTold(registry, { left, limit, windowMs }) {
    instruments.pullsLeft.set({ registry }, left);
    instruments.pullsLimit.set({ registry }, limit);
    instruments.pullsWindow.set({ registry }, windowMs / 1000);
  },
  blobsLookedUp({ asked, hits }) {
    instruments.blobLookups.inc({ outcome: 'hit' }, hits);
    instruments.blobLookups.inc({ outcome: 'miss' }, asked - hits);
  },
});

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
): Pick<Metrics, 'copyStarted' | 'copyFinished' | 'copyFailedAttempt' | 'retried' | 'bytesCopied'> {
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
    bytesCopied({ source, target }, bytes) {
      instruments.copiedBytes.inc({ registry: source, side: 'source' }, bytes);
      instruments.copiedBytes.inc({ registry: target, side: 'target' }, bytes);
    },
  };
}
