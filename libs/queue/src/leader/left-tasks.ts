import { TASK_LEFT } from '@regfleet/fleet';
import type { Internals } from '../jobs/internals.ts';
import { readRunPayload } from '../jobs/payload.ts';
import { CLOCK_SKEW_MS, clockDifferenceMs } from '../redis/clock.ts';
import { explained } from '../redis/wrong-type.ts';
import type { FleetRuns } from '../runs/fleet-runs.ts';

// As long as processes that lack it hand its jobs back: the config that has it may be on its way.
const GRACE_MS = 10 * 60_000;

// The next look takes the rest.
const MOST_FIRINGS = 1_000;

type Cancelling = Pick<FleetRuns, 'cancelFor'>;

/** Ends what is under way of tasks that left the config, and takes off their firings that wait. */
export async function dropTasks(
  internals: Internals,
  runs: Cancelling,
  tasks: ReadonlySet<string>,
): Promise<void> {
  if (tasks.size === 0) return;
  for (const [runId, task] of await activeRuns(internals))
    if (tasks.has(task)) await cancel(internals, runs, { runId, task });
  const { queues } = internals;
  const waiting = await queues.runs.getJobs(['prioritized', 'delayed'], 0, MOST_FIRINGS - 1);
  for (const job of waiting) {
    // One that a scheduler has taken meanwhile finds that its config lacks the task.
    if (tasks.has(taskOf(job?.data) ?? '')) await job.remove().catch(() => undefined);
  }
}

/** The same for runs of tasks that no leading scheduler had in its config for as long as their jobs would be handed back. */
export async function dropLongLeft(
  internals: Internals,
  runs: Cancelling,
  inConfig: readonly string[],
): Promise<void> {
  const { client, keys } = internals;
  if (Math.abs(await clockDifferenceMs(client)) > CLOCK_SKEW_MS) return;
  for (const [runId, task] of await activeRuns(internals)) {
    if (inConfig.includes(task)) continue;
    const usedAtMs = Number((await client.zscore(keys.tasks, task)) ?? Number.NaN);
    if (usedAtMs < Date.now() - GRACE_MS) await cancel(internals, runs, { runId, task });
  }
}

async function cancel(
  { logger }: Internals,
  runs: Cancelling,
  { runId, task }: { runId: string; task: string },
): Promise<void> {
  const copies = await runs.cancelFor(runId, TASK_LEFT);
  if (copies !== undefined)
    logger.warn(
      { task, run: runId, copies },
      'a task left the config: its run is cancelled, its copies are dropped',
    );
}

/** Pairs of run and task. */
async function activeRuns({ client, keys }: Internals): Promise<[string, string][]> {
  const runIds = await explained(client.smembers(keys.activeRuns));
  const pipeline = client.pipeline();
  for (const runId of runIds) pipeline.hget(keys.run(runId), 'task');
  const replies = (await pipeline.exec()) ?? [];
  return runIds.flatMap((runId, index): [string, string][] => {
    const task = replies[index]?.[1];
    return typeof task === 'string' ? [[runId, task]] : [];
  });
}

function taskOf(data: unknown): string | undefined {
  try {
    return readRunPayload(data).task;
  } catch {
    return undefined;
  }
}
