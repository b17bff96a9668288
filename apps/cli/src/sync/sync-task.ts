import { requestLocation, type SyncConfig, type Task } from '@regfleet/config';
import type { Logger } from '@regfleet/model';
import {
  type CopyProgress,
  type CopyRequest,
  type CopyResult,
  formatReference,
  type RelayName,
  type SyncError,
  toSyncError,
} from '@regfleet/model';
import { type DriftRecords, type PlanEntry, planTask } from '@regfleet/planner';
import type { RunRecord } from '@regfleet/queue';
import type { Registries } from '@regfleet/registry';
import { copyImage, type Relay } from '@regfleet/relay';
import { withAttempts } from './attempts.ts';
import type { Slots } from './slots.ts';
import { Tally } from './tally.ts';

/** What a pass tells while it goes on. */
export interface SyncEvents {
  onChange(run: RunRecord): void;
  onBytes(image: string, progress: CopyProgress): void;
  onImage(request: CopyRequest, end: { result: CopyResult } | { error: SyncError }): void;
  onRetry(request: CopyRequest, error: SyncError, delayMs: number): void;
}

export interface SyncDeps {
  readonly config: SyncConfig;
  readonly registries: Registries;
  readonly relays: ReadonlyMap<RelayName, Relay>;
  readonly records: DriftRecords;
  /** Shared by all tasks: how many images are copied at once. */
  readonly slots: Slots;
  readonly logger: Logger;
  readonly events: SyncEvents;
}

/**
 * One pass over a task in this process: expand, compare, copy what drifted.
 *
 * @returns when told to stop in the middle: `failed` where something had failed until then, else `cancelled`.
 */
export async function syncTask(task: Task, deps: SyncDeps, signal: AbortSignal): Promise<RunRecord> {
  const tally = new Tally(task.id);
  const copies = new Set<Promise<void>>();
  try {
    for await (const entry of planTask(task, portsOf(deps), { signal })) {
      const request = take(entry, tally, deps.logger);
      deps.events.onChange(tally.record);
      if (request === undefined) continue;
      await deps.slots.take();
      const copy = copyOne(request, { task, tally, deps, signal }).finally(() => copies.delete(copy));
      copies.add(copy);
    }
  } catch (error) {
    if (signal.aborted) tally.cancel();
    else tally.fail(toSyncError(error));
  }
  tally.expanded();
  await Promise.all(copies);
  tally.finish();
  deps.events.onChange(tally.record);
  return tally.record;
}

function portsOf({ registries, records, config }: SyncDeps): Parameters<typeof planTask>[1] {
  return {
    client: (location) => registries.connect(location),
    lister: (location) => registries.lister(location, config.lister),
    records,
  };
}

/** Counts what was found. @returns the request when the image has to be copied. */
function take(entry: PlanEntry, tally: Tally, logger: Logger): CopyRequest | undefined {
  switch (entry.kind) {
    case 'repository':
      tally.add('repositories');
      tally.add('listed', entry.listed);
      if (entry.warning !== undefined)
        logger.warn({ source: entry.pair.source, mapping: entry.mapping }, entry.warning);
      return undefined;
    case 'dropped':
      return undefined;
    case 'failure':
      tally.fail(entry.error);
      return undefined;
    case 'image':
      tally.add('selected');
      if (entry.drift.state === 'in-sync') {
        tally.add('inSync');
        return undefined;
      }
      tally.add('enqueued');
      if (entry.warning !== undefined)
        logger.warn({ source: formatReference(entry.request.source), mapping: entry.mapping }, entry.warning);
      return entry.request;
  }
}

interface Pass {
  readonly task: Task;
  readonly tally: Tally;
  readonly deps: SyncDeps;
  readonly signal: AbortSignal;
}

async function copyOne(request: CopyRequest, { task, tally, deps, signal }: Pass): Promise<void> {
  const image = formatReference(request.target);
  const onProgress = (progress: CopyProgress): void => deps.events.onBytes(image, progress);
  const onRetry = (error: SyncError, delayMs: number): void => deps.events.onRetry(request, error, delayMs);
  const how = {
    source: requestLocation(deps.config, request, 'source'),
    target: requestLocation(deps.config, request, 'target'),
    verbose: task.verbose,
  };
  try {
    const result = await withAttempts(task.retries, { signal, onRetry }, () =>
      copyImage(request, { ...how, signal, onProgress }, deps),
    );
    tally.add(result.outcome);
    deps.events.onImage(request, { result });
  } catch (failure) {
    if (signal.aborted) {
      tally.cancel();
      return;
    }
    const error = toSyncError(failure);
    tally.add('failed');
    tally.fail(error);
    deps.events.onImage(request, { error });
  } finally {
    deps.slots.release();
    deps.events.onChange(tally.record);
  }
}
