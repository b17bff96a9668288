import { isDeepStrictEqual } from 'node:util';
import { namesRegistry, type SyncConfig, type Task, usesRoute } from '@regfleet/config';
import type { FleetStore, ReconcileReport, ScheduleSpec, SharedStore } from '@regfleet/fleet';
import { type Logger, toSyncError } from '@regfleet/model';

const NO_CHANGE: ReconcileReport = { added: [], changed: [], removed: [], repaired: [], failed: [] };

/** What of the stores the leader works on. */
export type LedStore = Pick<FleetStore, 'schedules' | 'outages' | 'troubleOf'> &
  Pick<SharedStore, 'dropTasks' | 'sweep'>;

/** What the leading scheduler owes the fleet besides expanding runs; one thing after the other, whenever it is asked for. */
export interface LeaderTasks {
  /** Brings schedules and one-off tasks in line with the config; what fails is logged and done with the next house-keeping. */
  lead(when: { coldStart: boolean }): Promise<void>;
  /**
   * Settles what crashes left behind, and what is left undone; to be called about once a minute: one that still goes on is
   * joined. Never rejects either.
   */
  houseKeeping(): Promise<void>;
}

export function createLeaderTasks(deps: {
  fleet: LedStore;
  config: () => SyncConfig;
  logger: Logger;
}): LeaderTasks {
  const { fleet, config, logger } = deps;
  const guarded = guard(fleet, logger);
  /** The one-off tasks of a cold start are still to be fired. */
  let isCold = false;
  const reconcile = async (): Promise<void> => {
    const report = await fleet.schedules.reconcile(scheduleSpecs(config().tasks));
    if (!isDeepStrictEqual(report, NO_CHANGE)) logger.info(report, 'schedules reconciled');
  };
  const fireOneOff = async (): Promise<void> => {
    const when = { coldStart: isCold };
    isCold = false;
    try {
      await fireOneOffTasks(fleet, config(), when, logger);
    } catch (error) {
      isCold ||= when.coldStart;
      throw error;
    }
  };
  const sweep = async (): Promise<void> => {
    const { tasks } = config();
    const report = await fleet.sweep(
      (lane) => usesRoute(config(), lane),
      tasks.map(({ id }) => id),
    );
    await fleet.outages.keepOnly((registry) => namesRegistry(config(), registry));
    if (report.settledJobs + report.settledRuns > 0) logger.warn(report, 'settled what a crash left behind');
  };
  /** Those that this process had in its config, and that were not found to have left it. */
  let known = config().tasks.map(({ id }) => id);
  const dropLost = async (): Promise<void> => {
    const current = config().tasks.map(({ id }) => id);
    const lost = known.filter((id) => !current.includes(id));
    known = [...current, ...lost];
    if (lost.length > 0) await fleet.dropTasks(lost);
    known = current;
  };
  const bringInLine = async (): Promise<void> => {
    await guarded('schedules', reconcile);
    // Behind the schedules, which would fire them anew.
    await guarded('tasks that left the config', dropLost);
    await guarded('one-off tasks', fireOneOff);
  };
  // Two at once would fire one-off tasks twice, and the older of two configs might be the one that stays.
  let last = Promise.resolve();
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    last = last.then(work);
    return last;
  };
  let nextLead: Promise<void> | undefined;
  let keeping: Promise<void> | undefined;
  return {
    lead(when) {
      isCold ||= when.coldStart;
      nextLead ??= inTurn(() => {
        nextLead = undefined;
        return bringInLine();
      });
      return nextLead;
    },
    houseKeeping() {
      keeping ??= inTurn(async () => {
        await guarded('sweep', sweep);
        // Redis may have lost schedules (restart without persistence, FLUSHALL): they come back with the next sweep.
        await bringInLine();
        keeping = undefined;
      });
      return keeping;
    },
  };
}

type Guard = (duty: string, work: () => Promise<void>) => Promise<void>;

/** Does what must stop neither the process nor the next duty when it fails; of failures of a duty alike in a row one is logged. */
function guard(fleet: LedStore, logger: Logger): Guard {
  const told = new Map<string, string>();
  return async (duty, work) => {
    try {
      await work();
      told.delete(duty);
    } catch (failure) {
      const error = toSyncError(fleet.troubleOf(failure) ?? failure);
      if (told.get(duty) !== error.message) logger.warn({ duty, error }, 'scheduler duty failed');
      told.set(duty, error.message);
    }
  };
}

async function fireOneOffTasks(
  fleet: LedStore,
  config: SyncConfig,
  when: { coldStart: boolean },
  logger: Logger,
): Promise<void> {
  const oneOff = config.tasks.filter((task) => task.schedule === undefined);
  const fired = await fleet.schedules.fireStartTasks(
    oneOff.map((task) => ({ task: task.id, fingerprint: task.fingerprint })),
    when,
  );
  if (fired.size > 0) logger.info({ tasks: [...fired.keys()] }, 'one-off tasks fired');
}

/** When the periodic ones of the tasks are to run. */
export const scheduleSpecs = (tasks: readonly Task[]): ScheduleSpec[] => tasks.flatMap(scheduleSpec);

function scheduleSpec({ id, fingerprint, schedule }: Task): ScheduleSpec[] {
  if (schedule === undefined) return [];
  const spec = { task: id, fingerprint, ...(schedule.catchUp && { catchUp: schedule.catchUp }) };
  if (schedule.kind === 'interval') return [{ ...spec, everyMs: schedule.everyMs }];
  const timezone = schedule.timezone === undefined ? {} : { timezone: schedule.timezone };
  return [{ ...spec, pattern: schedule.pattern, ...timezone }];
}
