import type { Command } from 'commander';
import type { EnqueueFlags } from '../actions/enqueue.ts';
import type { CommandContext } from '../context.ts';
import { taskOption } from '../tasks.ts';

/** `regfleet enqueue TASK...`: fires tasks now, ahead of what schedules have queued. */
export function enqueueCommand(parent: Command, context: CommandContext): void {
  parent
    .command('enqueue')
    .argument('[task...]', 'names of tasks in the config')
    .summary('run tasks now on the fleet')
    .description(
      'Fires tasks now. The fleet must have a scheduler and a worker running; without --wait the command returns as soon as ' +
        'the firing is queued. A task that is still running is not started twice: its run is reported as skipped, and without --wait it is said that it will be. ' +
        'With --wait, exits with 0 when every run succeeded, with 75 when only passing failures were met or a run was skipped, else with 1. With --json it prints a list, of one run too.',
    )
    .addOption(taskOption('names of tasks, too; may be repeated'))
    .option('--wait', 'wait until the runs have ended, showing progress', false)
    .action(async (names: string[], flags: EnqueueFlags) =>
      (await import('../actions/enqueue.ts')).enqueue(context, [...names, ...(flags.task ?? [])], flags),
    );
}
