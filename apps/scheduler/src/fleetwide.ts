import { namesRegistry, namesRoute, type SyncConfig } from '@regfleet/config';
import type {
  FleetStore,
  Leadership,
  ProcessReport,
  RunRecord,
  SharedStore,
  TaskTimes,
} from '@regfleet/fleet';
import type { Logger } from '@regfleet/model';
import type { Metrics } from '@regfleet/runtime';
import { createLeaderTasks, type LeaderTasks } from './leader-tasks.ts';

/** What only a store that several processes share needs of a scheduler. */
export interface Fleetwide {
  readonly store: FleetStore & SharedStore;
  readonly metrics: Metrics;
  readonly times?: Partial<LeadershipTimes>;
}

export interface LeadershipTimes {
  readonly leaderTtlMs: number;
  readonly houseKeepingMs: number;
}

const TIMES: LeadershipTimes = { leaderTtlMs: 9_000, houseKeepingMs: 60_000 };

interface FleetwideDeps {
  readonly config: () => SyncConfig;
  readonly logger: Logger;
  /** What the process says of itself, but for its leadership. */
  report(): ProcessReport;
}

/** A scheduler's part in its fleet. */
export interface Membership {
  /** To be called when the config has changed. */
  reload(): void;
  /** Signs off, and stands down as leader. */
  leave(): Promise<void>;
}

/** Leads the schedules as soon as no other scheduler does, tells of ended runs and of what is, and that this process lives. */
export async function joinFleet(fleetwide: Fleetwide, deps: FleetwideDeps): Promise<Membership> {
  const { store, metrics } = fleetwide;
  const { config, logger } = deps;
  const times = { ...TIMES, ...fleetwide.times };
  const leaderTasks = createLeaderTasks({ fleet: store, config, logger });
  const leadership = lead({ ...deps, store, leaderTasks }, times);
  observe(fleetwide, deps);
  const unwatch = await store.runs.watchEnded((run) => runEnded(run, { config: config(), metrics, logger }));
  const heartbeat = await store.processes.announce(() => ({ ...deps.report(), leads: leadership.leads }));
  const houseKeeping = setInterval(() => {
    if (leadership.leads) void leaderTasks.houseKeeping();
  }, times.houseKeepingMs);
  return {
    reload() {
      if (leadership.leads) void leaderTasks.lead({ coldStart: false });
    },
    async leave() {
      clearInterval(houseKeeping);
      await Promise.all([leadership.close(), unwatch(), heartbeat.stop()]);
    },
  };
}

function lead(
  {
    store,
    leaderTasks,
    logger,
    report,
  }: Pick<FleetwideDeps, 'logger' | 'report'> & { store: SharedStore; leaderTasks: LeaderTasks },
  { leaderTtlMs }: LeadershipTimes,
): Leadership {
  return store.leadership({
    id: report().id,
    ttlMs: leaderTtlMs,
    onElected: ({ isFirst }) => {
      logger.info({ first: isFirst }, 'leading the schedules');
      void leaderTasks.lead({ coldStart: isFirst });
    },
    onLost: () => logger.warn({}, 'no longer leading the schedules'),
  });
}

/** Tells of what is, read at every scrape; what was counted tells of tasks and registries of the config alone. */
function observe({ store, metrics }: Fleetwide, { config, logger }: FleetwideDeps): void {
  // While Redis is known to be away nothing is asked and no line is due: the log has said so already, and a scrape is not to wait.
  metrics.observeQueues(async () => {
    if (!store.isAnswering) return [];
    return store.lanes.depths((lane) => namesRoute(config(), lane));
  }, logger);
  let times: readonly TaskTimes[] = [];
  metrics.observeTasks(async () => {
    const tasks = config().tasks.map(({ id }) => id);
    if (store.isAnswering) times = await store.schedules.times(tasks);
    return times.filter(({ task }) => tasks.includes(task));
  }, logger);
  metrics.nameOnly({
    task: (id) => config().tasks.some((task) => task.id === id),
    registry: (host) => namesRegistry(config(), host),
  });
}

function runEnded(
  run: RunRecord,
  { config, metrics, logger }: { config: SyncConfig; metrics: Metrics; logger: Logger },
): void {
  const { task, ...rest } = run;
  // Each value is a series for ever: none is taken from run records alone, which others may have written.
  const isKnown = task !== undefined && config.tasks.some(({ id }) => id === task);
  metrics.runFinished({ ...rest, ...(isKnown && { task }) });
  const fields = { run: run.id, task: run.task, outcome: run.outcome, counts: run.counts };
  if (run.outcome === 'failed') logger.error({ ...fields, errors: run.errors }, 'run failed');
  else logger.info(fields, 'run ended');
}
