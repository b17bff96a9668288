import type { Task } from '@regfleet/config';
import type { RunRecord } from '@regfleet/fleet';
import { RunTally } from '@regfleet/fleet';
import { formatReference, type Logger, type SyncError, toSyncError } from '@regfleet/model';
import { type PlanEntry, type PlanPorts, patientPorts, planTask } from '@regfleet/planner';
import type { SeenTarget } from '@regfleet/relay';
import { Copies, type CopyDeps, type CopyEvents } from './copies.ts';

/** What a pass tells while it goes on. */
export interface SyncEvents extends CopyEvents {
  onChange(run: RunRecord): void;
  /** A mapping, a listing, or the task as a whole; images are told by `onImage`. */
  onFailure(task: string, error: SyncError): void;
  /** A pass ended. */
  onEnd(run: RunRecord): void;
}

export interface SyncDeps extends CopyDeps {
  readonly events: SyncEvents;
}

/**
 * One pass over a task in this process: expand, compare, copy what drifted.
 *
 * @returns when told to stop in the middle: `failed` where something had failed until then, else `cancelled`, and `INTERRUPTED` as
 *   the reason of both.
 */
export async function syncTask(task: Task, deps: SyncDeps, signal: AbortSignal): Promise<RunRecord> {
  const { events } = deps;
  const logger = deps.logger.child({ task: task.id });
  const tally = new RunTally(task.id);
  const fail = (error: SyncError): void => {
    // What fails from there on may do so for that alone.
    if (signal.aborted) {
      tally.cancel();
      return;
    }
    tally.fail(error);
    events.onFailure(task.id, error);
  };
  const tellingDeps = { ...deps, events: { ...events, onImage: onImage(tally, events) } };
  const copies = new Copies(task, tally, { deps: tellingDeps, signal });
  try {
    for await (const entry of planTask(task, portsOf(task, deps, signal), { signal })) {
      const due = take(entry, { tally, logger, fail });
      events.onChange(tally.record);
      if (due !== undefined) await copies.start(due.request, seenTarget(due.drift));
    }
  } catch (error) {
    fail(toSyncError(error));
  }
  tally.expanded();
  await copies.ended();
  tally.finish();
  events.onChange(tally.record);
  events.onEnd(tally.record);
  return tally.record;
}

type DueImage = Extract<PlanEntry, { kind: 'image' }>;

function seenTarget({ state, target }: DueImage['drift']): SeenTarget | undefined {
  return state === 'missing' || target !== undefined ? { head: target } : undefined;
}

const onImage =
  (tally: RunTally, events: SyncEvents): CopyEvents['onImage'] =>
  (request, end) => {
    events.onImage(request, end);
    events.onChange(tally.record);
  };

function portsOf(task: Task, deps: SyncDeps, signal: AbortSignal): PlanPorts {
  const { registries, records, config, pauses, events } = deps;
  const ports: PlanPorts = {
    client: (location) => registries.connect(location),
    lister: (location) => registries.lister(location, config.lister),
    records,
  };
  return patientPorts(ports, { pauses, retries: task.retries, signal, onRetry: events.onRetry });
}

/** Counts what was found. @returns the image when it has to be copied. */
function take(
  entry: PlanEntry,
  { tally, logger, fail }: { tally: RunTally; logger: Logger; fail(error: SyncError): void },
): DueImage | undefined {
  if ('isEmpty' in entry && entry.isEmpty) tally.add('emptyFilters');
  switch (entry.kind) {
    case 'repository':
      tally.add('repositories');
      tally.add('listed', entry.listed);
      if (entry.warning !== undefined)
        logger.warn({ source: entry.pair.source, mapping: entry.mapping }, entry.warning);
      return undefined;
    case 'dropped':
      return undefined;
    case 'warning':
      logger.warn({ mapping: entry.mapping }, entry.message);
      return undefined;
    case 'failure':
      fail(entry.error);
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
      return entry;
  }
}
