import type { TaskStatus } from './contract.ts';
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
      const { client, keys } = internals;
      const [lastRunId, activeRunId, lastSuccess] = await client.hmget(
        keys.task(task),
        'lastRunId',
        'activeRunId',
        'lastSuccessAtMs',
      );
      const [lastRun] = lastRunId == null ? [] : await readRuns(internals, [lastRunId]);
      const next = nextAtMs(task);
      return {
        task,
        ...(next !== undefined && { nextAtMs: next }),
        ...(lastRun !== undefined && { lastRun }),
        ...(activeRunId != null && { activeRunId }),
        ...(lastSuccess != null && { lastSuccessAtMs: Number(lastSuccess) }),
      };
    }),
  );
}
