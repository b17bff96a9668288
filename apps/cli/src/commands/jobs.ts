import type { Command } from 'commander';
import type { JobsFlags } from '../actions/jobs.ts';
import type { CommandContext } from '../context.ts';
import { limitOption } from '../flags.ts';
import { taskOption } from '../tasks.ts';

const DEFAULT_LIMIT = 50;
const MOST = 10_000;

/** `regfleet jobs`: copies that wait, are under way, or have failed. */
export function jobsCommand(parent: Command, context: CommandContext): void {
  parent
    .command('jobs')
    .summary('copies that are under way or wait, or with --failed those that failed')
    .description(
      'Lists copies of all lanes: those under way, those that wait in the order in which they will be taken, and those that wait for ' +
        'another try with what the last one failed with. With --failed those that failed for good, the newest first: Redis keeps the last ' +
        '1,000 of a lane for 7 days.',
    )
    .option('--failed', 'those that failed, and no others', false)
    .option('--code <code>', 'only those whose last try failed with this code of docs/errors.md')
    .addOption(taskOption('only copies of these tasks; may be repeated'))
    .addOption(limitOption({ usual: DEFAULT_LIMIT, most: MOST }))
    .action(async (flags: JobsFlags) => (await import('../actions/jobs.ts')).jobs(context, flags));
}
