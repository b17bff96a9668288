import { namesRegistry, namesRoute, type SyncConfig } from '@regfleet/config';
import { judged, type Leadership, RateLimitPauses, type RunRecord, type TaskTimes } from '@regfleet/fleet';
import type { Logger } from '@regfleet/model';
import type { PlanPorts } from '@regfleet/planner';
import type { Registries } from '@regfleet/registry';
import type { Metrics } from '@regfleet/runtime';
import { expandRun } from './expand-run.ts';
import { createDuties, type LeaderTasks, type SchedulerStore } from './leader-tasks.ts';

export interface SchedulerOptions {
  /** Unique per process. */
  readonly id: string;
  readonly config: SyncConfig;
  readonly fleet: SchedulerStore;
  readonly registries: Registries;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Tasks expanded at once. */
  readonly concurrency: number;
  /** How long expansions may go on after a stop was asked for. */
  readonly graceMs: number;
  readonly times?: Partial<SchedulerTimes>;
}

export interface SchedulerTimes {
  readonly leaderTtlMs: number;
  readonly houseKeepingMs: number;
}

const TIMES: SchedulerTimes = { leaderTtlMs: 15_000, houseKeepingMs: 60_000 };

/** A running scheduler. */
export interface Scheduler {
  /** Takes a new config without touching runs under way. */
  reload(config: SyncConfig): void;
  /** Hands back what it works on and stands down as leader. */
  drain(): Promise<void>;
}

/** Starts expanding runs; leads the schedules as soon as no other scheduler does. */
export async function startScheduler(options: SchedulerOptions): Promise<Scheduler> {
  const { fleet, logger, metrics } = options;
  const times = { ...TIMES, ...options.times };
  let config = options.config;
  const current = (): SyncConfig => config;
  const pauses = pausesOf(logger);
  const consumer = fleet.consumeRuns({
    concurrency: options.concurrency,
    graceMs: options.graceMs,
    process: (ticket, context) =>
      judged(context, () =>
        expandRun(ticket, context, {
          fleet,
          logger,
          config: current,
          ports: () => planPorts(options, current),
          pauses,
        }),
      ),
  });
  const leaderTasks = createDuties({ fleet, config: current, logger });
  const leadership = lead(options, times, leaderTasks);
  observe(options, current);
  const unwatch = await fleet.runs.watchEnded((run) => runEnded(run, { config, metrics, logger }));
  const heartbeat = await fleet.processes.announce(() => ({
    id: options.id,
    role: 'scheduler',
    relays: [],
    concurrency: options.concurrency,
    active: consumer.activeCount,
    leads: leadership.leads,
  }));
  const houseKeeping = setInterval(() => {
    if (leadership.leads) void leaderTasks.houseKeeping();
  }, times.houseKeepingMs);
  return {
    reload(next) {
      config = next;
      if (leadership.leads) void leaderTasks.lead({ coldStart: false });
    },
    async drain() {
      clearInterval(houseKeeping);
      await Promise.all([consumer.drain(), leadership.close(), unwatch(), heartbeat.stop()]);
    },
  };
}

function lead(options: SchedulerOptions, times: SchedulerTimes, leaderTasks: LeaderTasks): Leadership {
  return options.fleet.leadership({
    id: options.id,
    ttlMs: times.leaderTtlMs,
    onElected: ({ isFirst }) => {
      options.logger.info({ first: isFirst }, 'leading the schedules');
      void leaderTasks.lead({ coldStart: isFirst });
    },
    onLost: () => options.logger.warn({}, 'no longer leading the schedules'),
  });
}

/** Whoever asks to be left alone is left alone by all expansions of the process, for as long as the rules wait for anybody. */
const pausesOf = (logger: Logger): RateLimitPauses =>
  new RateLimitPauses({
    mostInRow: Number.POSITIVE_INFINITY,
    onPause: (registry, error, delayMs) =>
      logger.warn({ registry, error, delayMs }, 'registry is left alone'),
  });

function planPorts({ registries, fleet }: SchedulerOptions, config: () => SyncConfig): PlanPorts {
  return {
    client: (location) => registries.connect(location),
    lister: (location) => registries.lister(location, config().lister),
    records: fleet.records,
  };
}

/** Tells of what is, read at every scrape; what was counted tells of tasks and registries of the config alone. */
function observe({ fleet, metrics, logger }: SchedulerOptions, config: () => SyncConfig): void {
  // While Redis is known to be away nothing is asked and no line is due: the log has said so already, and a scrape is not to wait.
  metrics.observeQueues(async () => {
    if (!fleet.isAnswering) return [];
    return fleet.lanes.depths((lane) => namesRoute(config(), lane));
  }, logger);
  let times: readonly TaskTimes[] = [];
  metrics.observeTasks(async () => {
    const tasks = config().tasks.map(({ id }) => id);
    if (fleet.isAnswering) times = await fleet.schedules.times(tasks);
    return times.filter(({ task }) => tasks.includes(task));
  }, logger);
  metrics.nameOnly({
    task: (id) => config().tasks.some((task) => task.id === id),
    registry: (host) => namesRegistry(config(), host),
  });
}

function runEnded(
  run: RunRecord,
  { config, metrics, logger }: Pick<SchedulerOptions, 'config' | 'metrics' | 'logger'>,
): void {
  const { task, ...rest } = run;
  // Each value is a series for ever: none is taken from run records alone, which others may have written.
  const isKnown = task !== undefined && config.tasks.some(({ id }) => id === task);
  metrics.runFinished({ ...rest, ...(isKnown && { task }) });
  const fields = { run: run.id, task: run.task, outcome: run.outcome, counts: run.counts };
  if (run.outcome === 'failed') logger.error({ ...fields, errors: run.errors }, 'run failed');
  else logger.info(fields, 'run ended');
}
