import { type Command, Option } from 'commander';
import type { CheckFlags } from '../actions/check.ts';
import type { CommandContext } from '../context.ts';
import { wholeNumber } from '../flags.ts';
import { taskOption } from '../tasks.ts';

const EXAMPLES = `
Examples:
  regfleet check
  regfleet check --task nightly --deep --json
  regfleet check --task nightly --repair`;

/** `regfleet check`: whether targets hold all that their images are made of. */
export function checkCommand(parent: Command, context: CommandContext): void {
  parent
    .command('check')
    .summary('whether targets hold their images down to the last blob')
    .description(
      'Compares the images that the tasks choose on both sides, and asks each target for every manifest and every blob of those that it ' +
        'has: by one HEAD a blob, or with --deep by reading it and comparing its digest. A run asks for none of that where the digest of a ' +
        'tag is right, so what a registry has lost below it is seen only here. With --repair blobs and manifests that are missing are copied ' +
        'from the source; what is corrupt is told alone, since registries keep what they have by its digest: delete it there, and repair ' +
        'then. An image that is missing or stale as a whole is left to a run. Exits with 0 when nothing is wrong or all was repaired.',
    )
    .addOption(taskOption('only these tasks; may be repeated'))
    .option('--deep', 'read every blob, and compare its digest', false)
    .option('--repair', 'copy what is missing from the source', false)
    .addOption(
      new Option(
        '--requests <number>',
        'end before an image once so many requests were sent; absent: no limit',
      ).argParser(wholeNumber('--requests', { min: 1, max: 1_000_000_000 })),
    )
    .addHelpText('after', EXAMPLES)
    .action(async (flags: CheckFlags) => (await import('../actions/check.ts')).check(context, flags));
}
