import { SyncError, silentLogger } from '@regfleet/model';
import type { Fleet } from '@regfleet/queue';
import { configFile, readConfig } from '../config-file.ts';
import type { CommandContext } from '../context.ts';
import { EXIT, exitCodeOfRuns } from '../exit-code.ts';
import { requireAnyRedis, warnOfLacking, withFleet } from '../fleet-access.ts';
import { formatRuns } from '../output/runs.ts';
import { tasksHint, tasksNamed } from '../tasks.ts';
import { waitForRuns } from '../wait-for-runs.ts';

export interface EnqueueFlags {
  readonly task?: readonly string[];
  readonly wait: boolean;
}

interface Fired {
  readonly task: string;
  readonly run: string | undefined;
  /** Another run of the task, under way or waiting, because of which this one will be skipped. */
  readonly earlierRun?: string;
}

/** Fires the tasks, and waits for their runs when asked to. */
export async function enqueue(
  context: CommandContext,
  names: readonly string[],
  { wait }: Pick<EnqueueFlags, 'wait'>,
): Promise<void> {
  const { terminal, options, finish } = context;
  const config = await readConfig(configFile(options().config, terminal.env), terminal);
  if (names.length === 0) {
    throw new SyncError('USAGE_INVALID', {
      message: 'no task is named',
      hint: `${tasksHint(config.tasks.map(({ id }) => id))}; name those that are to run`,
    });
  }
  const tasks = tasksNamed(config, names);
  await withFleet(await requireAnyRedis(context, config), silentLogger, async (fleet) => {
    const earlier = await earlierRuns(
      fleet,
      tasks.map(({ id }) => id),
    );
    await warnOfLacking(fleet, { role: 'scheduler', relays: tasks.map(({ relay }) => relay) }, terminal);
    const runIds = await Promise.all(tasks.map((task) => fleet.schedules.fire(task.id, 'operator')));
    if (!wait) {
      const fired = tasks.map(({ id }, index) => {
        const other = earlier.get(id);
        return { task: id, run: runIds[index], ...(other !== undefined && { earlierRun: other }) };
      });
      terminal.out(options().json ? JSON.stringify(fired) : fired.map(queuedLine).join('\n'));
      return finish(EXIT.ok);
    }
    const runs = await waitForRuns(fleet, runIds, terminal);
    terminal.out(
      options().json ? JSON.stringify(runs, undefined, 2) : formatRuns(runs, terminal.tableColumns),
    );
    finish(exitCodeOfRuns(runs));
  });
}

/** Runs that have not ended or not begun, by task: what is fired meanwhile is skipped. */
async function earlierRuns(fleet: Fleet, tasks: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const waiting = await fleet.runs.queued();
  const found = new Map(waiting.map(({ task, runId }) => [task, runId]));
  for (const { task, activeRunId, lastRun } of await fleet.schedules.status(tasks)) {
    const isOver = lastRun?.id === activeRunId && lastRun?.finishedAtMs !== undefined;
    if (activeRunId !== undefined && !isOver) found.set(task, activeRunId);
  }
  return found;
}

function queuedLine({ task, run, earlierRun }: Fired): string {
  const queued = `${task}: run ${run} queued`;
  if (earlierRun === undefined) return queued;
  return `${queued}, but there is a run of the task already: ${earlierRun}. It will be skipped unless that ends first`;
}
