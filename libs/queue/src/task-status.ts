import type { TaskStatus } from './contract.ts';
import { epochMs, readEpochMs } from './epoch.ts';
import type { Internals } from './internals.ts';
import { readRuns } from './runs/read-run.ts';

/** @returns in the order of `tasks`. */
export function readTaskStatus(
  internals: Internals,
  tasks: readonly string[],
  nextAtMs: (task: string) => number | undefined,
): Promise<TaskStatus[]> {
  return Promise.all(
    tasks.map(async (task) => {
      const { client, keys, unreadable } = internals;
      const key = keys.task(task);
      const fields = await unreadable.unless(key, () =>
        client.hmget(key, 'lastRunId', 'activeRunId', 'lastSuccessAtMs', 'knownSinceMs'),
      );
      const [lastRunId, activeRunId, lastSuccess, knownSince] = fields ?? [];
      const [lastRun] = lastRunId == null ? [] : await readRuns(internals, [lastRunId]);
      const next = epochMs.safeParse(nextAtMs(task)).data;
      const lastSuccessAtMs = readEpochMs(lastSuccess);
      const knownSinceMs = readEpochMs(knownSince);
      if (lastSuccess != null && lastSuccessAtMs === undefined)
        unreadable.tell(key, 'lastSuccessAtMs is no time');
      return {
        task,
        ...(next !== undefined && { nextAtMs: next }),
        ...(lastRun !== undefined && { lastRun }),
        ...(activeRunId != null && { activeRunId }),
        ...(lastSuccessAtMs !== undefined && { lastSuccessAtMs }),
        ...(knownSinceMs !== undefined && { knownSinceMs }),
      };
    }),
  );
}
