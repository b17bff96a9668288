import { SyncError, silentLogger } from '@regfleet/model';
import type { RunRecord } from '@regfleet/queue';
import type { EnqueueFlags } from '../commands/enqueue.ts';
import { configFile, readConfig } from '../config-file.ts';
import type { CommandContext } from '../context.ts';
import { EXIT, exitCodeOfRuns } from '../exit-code.ts';
import { requireRedis, withFleet } from '../fleet-access.ts';
import { formatRuns } from '../output/runs.ts';
import { tasksHint, tasksNamed } from '../tasks.ts';
import { waitForRuns } from '../wait-for-runs.ts';

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
  await withFleet(requireRedis(context, config), silentLogger, async (fleet) => {
    const runIds = await Promise.all(tasks.map((task) => fleet.schedules.fire(task.id, 'operator')));
    if (!wait) {
      const fired = tasks.map((task, index) => ({ task: task.id, run: runIds[index] }));
      terminal.out(
        options().json
          ? JSON.stringify(fired)
          : fired.map(({ task, run }) => `${task}: run ${run} queued`).join('\n'),
      );
      return finish(EXIT.ok);
    }
    const runs = await waitForRuns(fleet, runIds, terminal);
    showRuns(context, runs);
  });
}

/** Prints ended runs and sets the exit code by how they ended. One run is printed as an object, several as an array. */
export function showRuns({ terminal, options, finish }: CommandContext, runs: readonly RunRecord[]): void {
  terminal.out(
    options().json ? JSON.stringify(runs.length === 1 ? runs[0] : runs, undefined, 2) : formatRuns(runs),
  );
  finish(exitCodeOfRuns(runs));
}
