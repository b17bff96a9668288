import type { Task } from '@regfleet/config';
import type { SharedStore, TaskFreshness } from '@regfleet/fleet';
import { type CopyRequest, type Logger, toSyncError } from '@regfleet/model';
import type { PlanEntry } from '@regfleet/planner';
import { SourceWatch } from './source-watch/source-watch.ts';

/** What is noted of a comparison besides the copies that it leads to. It never fails its run. */
export interface PlanWatch {
  /** True: what it notes is of the source, and the entries of one target tell it. */
  readonly isOfSource?: boolean;
  /** Entries in their order. */
  see(entry: PlanEntry): Promise<void> | void;
  /** @param isComplete - of all that the task chooses it could be told what the source has. */
  end(isComplete: boolean): Promise<void>;
}

/** Where it is noted. */
export type PlanNotes = Pick<SharedStore, 'freshness' | 'sourceNotes'>;

export async function openWatches(task: Task, notes: PlanNotes, logger: Logger): Promise<PlanWatch[]> {
  const opened = await Promise.all([
    SourceWatch.open(task, notes.sourceNotes, logger),
    watchArrivals(task.id, notes.freshness, logger),
  ]);
  return opened.filter((watch) => watch !== undefined);
}

/**
 * What was behind and is found in sync has arrived by another way than a copy of its run: an operator copied it, or somebody
 * else. A comparison that told everything finds that out in any case, one that did not would leave it behind for ever.
 */
export async function watchArrivals(
  task: string,
  freshness: TaskFreshness,
  logger: Logger,
): Promise<PlanWatch | undefined> {
  try {
    const behind = await freshness.behind(task);
    const arrived: CopyRequest[] = [];
    return {
      see(entry) {
        if (entry.kind === 'image' && entry.drift.state === 'in-sync' && behind.has(entry.request))
          arrived.push(entry.request);
      },
      async end() {
        if (arrived.length === 0) return;
        await freshness.arrived(task, arrived).catch((error: unknown) => missed(error));
      },
    };
  } catch (error) {
    return missed(error);
  }

  function missed(error: unknown): undefined {
    logger.debug({ error: toSyncError(error) }, 'what has arrived is found out by the next comparison');
  }
}
