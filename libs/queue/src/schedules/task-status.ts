import type { RunRecord, TaskStatus, TaskTimes } from '@regfleet/fleet';
import type { Internals } from '../jobs/internals.ts';
import { epochMs, readEpochMs } from '../redis/epoch.ts';
import { readRuns } from '../runs/read-run.ts';

/** When a task is to run next; absent: nothing is planned. */
type NextAtMs = (task: string) => number | null | undefined;

const TIMES = ['lastSuccessAtMs', 'knownSinceMs'] as const;

/** @returns in the order of `tasks`. */
export function readTaskStatus(
  internals: Internals,
  tasks: readonly string[],
  nextAtMs: NextAtMs,
): Promise<TaskStatus[]> {
  return Promise.all(
    tasks.map(async (task) => {
      const { client, keys, unreadable } = internals;
      const key = keys.task(task);
      const fields = await unreadable.unless(key, () =>
        client.hmget(key, ...TIMES, 'lastRunId', 'activeRunId'),
      );
      const [lastRunId, activeRunId] = fields?.slice(TIMES.length) ?? [];
      const [lastRun] = lastRunId == null ? [] : await readRuns(internals, [lastRunId]);
      const lastEnded = isOver(lastRun) ? lastRun : await runBefore(internals, task, lastRun);
      return {
        ...timesOf(internals, task, { next: nextAtMs(task), fields }),
        ...(lastRun !== undefined && { lastRun }),
        ...(lastEnded !== undefined && { lastEnded }),
        ...(activeRunId != null && { activeRunId }),
      };
    }),
  );
}

const isOver = (run: RunRecord | undefined): boolean => run?.finishedAtMs !== undefined;

/** A task never overlaps itself: the one before that which goes on has ended. */
async function runBefore(
  internals: Internals,
  task: string,
  lastRun: RunRecord | undefined,
): Promise<RunRecord | undefined> {
  if (lastRun === undefined) return undefined;
  const { client, keys, unreadable } = internals;
  const key = keys.runsOf(task);
  const ids = (await unreadable.unless(key, () => client.zrevrange(key, 0, 1))) ?? [];
  const runs = await readRuns(
    internals,
    ids.filter((id) => id !== lastRun.id),
  );
  return runs.find(isOver);
}

/** @returns in the order of `tasks`. */
export async function readTaskTimes(internals: Internals, tasks: readonly string[]): Promise<TaskTimes[]> {
  const { client, keys, queues, unreadable } = internals;
  const pipeline = client.pipeline();
  for (const task of tasks)
    pipeline.hmget(keys.task(task), ...TIMES).zscore(queues.runs.toKey('repeat'), task);
  const replies = (await pipeline.exec()) ?? [];
  return tasks.map((task, index) => {
    const [error, fields] = replies[2 * index] ?? [];
    if (error != null) unreadable.tell(keys.task(task), error.message);
    const score = replies[2 * index + 1]?.[1];
    const next = typeof score === 'string' ? Number(score) : undefined;
    return timesOf(internals, task, { next, fields: Array.isArray(fields) ? fields : undefined });
  });
}

function timesOf(
  { keys, unreadable }: Internals,
  task: string,
  { next, fields }: { next: ReturnType<NextAtMs>; fields: readonly (string | null)[] | undefined },
): TaskTimes {
  const [lastSuccess, knownSince] = fields ?? [];
  const nextAtMs = epochMs.safeParse(next).data;
  const lastSuccessAtMs = readEpochMs(lastSuccess);
  const knownSinceMs = readEpochMs(knownSince);
  if (lastSuccess != null && lastSuccessAtMs === undefined)
    unreadable.tell(keys.task(task), 'lastSuccessAtMs is no time');
  return {
    task,
    ...(nextAtMs !== undefined && { nextAtMs }),
    ...(lastSuccessAtMs !== undefined && { lastSuccessAtMs }),
    ...(knownSinceMs !== undefined && { knownSinceMs }),
  };
}
