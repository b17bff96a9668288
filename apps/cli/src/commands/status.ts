import type { Command } from 'commander';
import type { StatusFlags } from '../actions/status.ts';
import type { CommandContext } from '../context.ts';
import { taskOption } from '../tasks.ts';

/** `regfleet status`: tasks with their next firing and last run, queues, processes. */
export function statusCommand(parent: Command, context: CommandContext): void {
  parent
    .command('status')
    .summary('tasks, next firings, last runs, queues, processes')
    .description(
      'Shows what the fleet is doing: every task of the config, every queue with jobs, every live process.',
    )
    .addOption(taskOption('only these tasks; may be repeated'))
    .action(async (flags: StatusFlags) => (await import('../actions/status.ts')).status(context, flags));
}
