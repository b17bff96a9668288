import type { Command } from 'commander';
import type { RetryFlags } from '../actions/retry.ts';
import type { CommandContext } from '../context.ts';

const EXAMPLES = `
Examples:
  regfleet retry t5k2ab3f9QxZ
  regfleet retry t5k2ab3f9QxZ --code UNAUTHORIZED --wait`;

/** `regfleet retry RUN`: a run of the images of another that failed. */
export function retryCommand(parent: Command, context: CommandContext): void {
  parent
    .command('retry')
    .argument('<run>', 'id of a run that has ended')
    .summary('copy the failed images of a run once more')
    .description(
      'Queues the images of a run that failed, ahead of what schedules have queued, as a run of its own that names the old one. Tags ' +
        'are looked up anew. The task itself may run and be due meanwhile. Which images failed is known for seven days. What could ' +
        'not be listed or planned is no image: enqueue the task for that. With --wait, exits as enqueue does.',
    )
    .option('--code <code>', 'only images that failed with this error code')
    .option('--wait', 'wait until the run has ended, showing progress', false)
    .addHelpText('after', EXAMPLES)
    .action(async (run: string, flags: RetryFlags) =>
      (await import('../actions/retry.ts')).retry(context, run, flags),
    );
}
