import type { SyncConfig } from '@regfleet/config';
import type { CopyWidth, RateLimitPauses, RunRecord, SyncRecords } from '@regfleet/fleet';
import { openLocalFleet } from '@regfleet/local';
import { formatReference, type Logger, type RelayName } from '@regfleet/model';
import type { Registries } from '@regfleet/registry';
import type { Relay } from '@regfleet/relay';
import { type PlanListener, startScheduler } from '@regfleet/scheduler';
import { type CopyListener, startWorker } from '@regfleet/worker';
import { openOutages } from '../service/outages.ts';
import type { SyncDisplay } from './display.ts';
import { FollowedRuns } from './followed-runs.ts';
import { runTasks } from './run-tasks.ts';
import type { ToldLogins } from './told-logins.ts';

export interface RoundDeps {
  /** With the tasks that are to run, no others. */
  readonly config: SyncConfig;
  readonly registries: Registries;
  readonly relays: ReadonlyMap<RelayName, Relay>;
  readonly records: SyncRecords;
  readonly pauses: RateLimitPauses;
  readonly logger: Logger;
  readonly display: SyncDisplay;
  readonly logins: ToldLogins;
  /** Copies at once. */
  readonly concurrency: number | CopyWidth;
  readonly once: boolean;
}

/**
 * Runs the tasks of a config in a fleet of this process alone.
 *
 * @param signals.round - keeps tasks from being run again.
 * @param signals.stop - ends copies and expansions, too.
 * @returns the last run of each task.
 */
export async function runRound(
  deps: RoundDeps,
  signals: { round: AbortSignal; stop: AbortSignal },
): Promise<RunRecord[]> {
  const { config, logger, display, records, pauses } = deps;
  const fleet = openLocalFleet({ records, pauses, logger });
  const followed = new FollowedRuns(fleet, display);
  const { registries } = deps;
  const { outages } = openOutages({ ...deps, id: 'sync', fleet, isOnly: true, isOnce: deps.once });
  const common = { config, fleet, registries, outages, logger, graceMs: 0 };
  const worker = await startWorker({
    ...common,
    id: 'worker',
    relays: deps.relays,
    listener: () => copyListener(display),
    concurrency: deps.concurrency,
  });
  const scheduler = await startScheduler({
    ...common,
    id: 'scheduler',
    pauses,
    listener: planListener(deps, followed, signals.stop),
    // One more than can go on: a firing that comes during its task's run is to be skipped, not put off.
    concurrency: config.tasks.length + 1,
  });
  const drain = async (): Promise<void> => void (await Promise.all([scheduler.drain(), worker.drain()]));
  signals.stop.addEventListener('abort', drain, { once: true });
  try {
    return await runTasks(config.tasks, { once: deps.once, signal: signals.round, fleet, followed });
  } finally {
    signals.stop.removeEventListener('abort', drain);
    await drain();
    await outages.close();
    await fleet.close();
  }
}

function planListener(
  { display, logins, pauses, registries }: RoundDeps,
  followed: FollowedRuns,
  stop: AbortSignal,
): PlanListener {
  return {
    onStart(task, { runId }) {
      followed.follow(task.id, runId);
      const source = task.source.registry.host;
      for (const { registry } of task.targets) pauses.beginAnew({ source, target: registry.host });
      return logins.tell(task, registries, stop);
    },
    onSkip: () => void followed.tellNext(),
    onFailure: ({ task }, error) => display.onFailure(task, error),
    onRetry: (_run, ...retry) => display.onRetry(...retry),
    // Whoever shares the pauses is told of them.
    onPause: () => undefined,
  };
}

function copyListener(display: SyncDisplay): CopyListener {
  return {
    onProgress: ({ request }, progress) => display.onBytes(request, progress),
    onVerdict({ request }, verdict) {
      switch (verdict.verdict) {
        case 'done':
          return display.onImage(request, { result: verdict.result });
        case 'fail':
          return display.onImage(request, { error: verdict.error });
        case 'retry':
          return display.onRetry(formatReference(request.source), verdict.error, verdict.delayMs);
        case 'pause-source':
        case 'defer':
        case 'drop':
      }
    },
  };
}
