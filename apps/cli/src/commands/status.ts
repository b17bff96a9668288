import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';

/** `regfleet status`: tasks with their next firing and last run, queues, processes. */
export function statusCommand(parent: Command, context: CommandContext): void {
  parent
    .command('status')
    .summary('tasks, next firings, last runs, queues, processes')
    .description(
      'Shows what the fleet is doing: every task of the config, every queue with jobs, every live process.',
    )
    .action(async () => (await import('../actions/status.ts')).status(context));
}
