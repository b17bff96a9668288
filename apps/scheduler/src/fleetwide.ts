import type { SyncConfig } from '@regfleet/config';
import type { FleetStore, Leadership, ProcessReport, RunRecord, SharedStore } from '@regfleet/fleet';
import type { Logger } from '@regfleet/model';
import type { Webhooks } from '@regfleet/registry';
import type { Metrics } from '@regfleet/runtime';
import { createLeaderTasks, type LeaderTasks } from './leader-tasks.ts';
import { startNotifier } from './notify/notifier.ts';
import { observe } from './observe.ts';

/** What only a store that several processes share needs of a scheduler. */
export interface Fleetwide {
  readonly store: FleetStore & SharedStore;
  readonly metrics: Metrics;
  /** Absent: nobody is told of states. */
  readonly webhooks?: Webhooks;
  readonly times?: Partial<LeadershipTimes>;
}

export interface LeadershipTimes {
  readonly leaderTtlMs: number;
  readonly houseKeepingMs: number;
  readonly notifyMs: number;
}

const TIMES: LeadershipTimes = { leaderTtlMs: 9_000, houseKeepingMs: 60_000, notifyMs: 10_000 };

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
  observe({ ...fleetwide, ...deps });
  metrics.observeLeadership(() => leadership.leads);
  const unwatch = await store.runs.watchEnded((run) => runEnded(run, { config: config(), metrics, logger }));
  const heartbeat = await store.processes.announce(() => ({ ...deps.report(), leads: leadership.leads }));
  const houseKeeping = setInterval(() => {
    if (leadership.leads) void leaderTasks.houseKeeping();
  }, times.houseKeepingMs);
  const { webhooks } = fleetwide;
  const notifier =
    webhooks &&
    startNotifier(
      { store, config, metrics, logger, webhooks, leads: () => leadership.leads },
      times.notifyMs,
    );
  return {
    reload() {
      if (leadership.leads) void leaderTasks.lead({ coldStart: false });
    },
    async leave() {
      clearInterval(houseKeeping);
      await Promise.all([notifier?.stop(), leadership.close(), unwatch(), heartbeat.stop()]);
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
