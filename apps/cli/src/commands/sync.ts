import { RELAY_NAMES } from '@regfleet/model';
import { type Command, Option } from 'commander';
import type { SyncFlags } from '../actions/sync.ts';
import type { CommandContext } from '../context.ts';
import { wholeNumber } from '../flags.ts';
import { egressOption, LEAST_COPIES } from '../service/flags.ts';
import { taskOption } from '../tasks.ts';

/** `regfleet sync`: the whole job in this process, without Redis. */
export function syncCommand(parent: Command, context: CommandContext): void {
  parent
    .command('sync')
    .summary('the whole job in this process, no Redis')
    .description(
      'Expands every task, compares both sides and copies what differs, in this process. Periodic tasks keep it running unless ' +
        "--once is given; every task runs once at start, one-off tasks first, in the order of the file where their registries overlap. Takes dregsy's flags too: -config=FILE -run=REGEX. Failures, waits and " +
        'finished runs, and what runs next, are told on standard error when they happen, as log records with LOG_FORMAT=json; a summary, or with --json ' +
        'one document, follows on standard output when the command ends. Exits with 0 when the last run ' +
        'of no task failed, else with 1, as dregsy does. SIGTERM, SIGINT and the end of its terminal cut short what is under way: told to stop between two ' +
        'runs it ends in the same way, but with 143, 130 or 129 when a task or an image was left undone.',
    )
    .option('--once', 'run every task once, then end', false)
    .addOption(taskOption('only these tasks; may be repeated').conflicts('run'))
    .option(
      '--run <regex>',
      'only tasks whose whole name matches; a leading ! inverts, an empty one matches all. One that matches no task is warned of ' +
        'and exits with 0, as in dregsy; --task fails',
    )
    .addOption(
      new Option('--relay <relay>', 'use this relay for every task, whatever the config says').choices([
        ...RELAY_NAMES,
      ]),
    )
    .addOption(
      new Option(
        '--concurrency <number>',
        `images copied at once (default: from ${LEAST_COPIES.sync} to 32, as many as make it faster)`,
      ).argParser(wholeNumber('--concurrency', { min: 1, max: 1000 })),
    )
    .addOption(egressOption())
    .option(
      '--state <folder>',
      'folder that keeps, in a subfolder for each config file, a small file of the images whose digest changed when they were copied ' +
        '(always with the docker relay, seldom with skopeo), so that the next sync does not copy them again (default: none; each sync copies them anew)',
    )
    .action(async (flags: SyncFlags) => (await import('../actions/sync.ts')).sync(context, flags));
}
