import type { Command } from 'commander';
import type { WhyFlags } from '../actions/why.ts';
import type { CommandContext } from '../context.ts';
import { taskOption } from '../tasks.ts';

const EXAMPLES = `
Examples:
  regfleet why docker.io/library/busybox:1.36
  regfleet why registry.example.com/mirror/busybox:1.36 --task busybox`;

/** `regfleet why REFERENCE`: why an image is mirrored, or is not. */
export function whyCommand(parent: Command, context: CommandContext): void {
  parent
    .command('why')
    .argument('<reference>', 'an image of a source or of a target; without a tag latest is meant')
    .summary('why an image is mirrored or is not, how it stands, and what it waits for')
    .description(
      'Tells which task and mapping choose an image, or which filter leaves it out; how the target differs from the source now; and ' +
        'from the fleet, where there is one, when and by what it was copied last, what its copy does or waits for, and what that failed with. ' +
        'Only the repositories that go to the same place are listed, and no other image is compared. Nothing is written. Exits with 0 when a ' +
        'task chooses it, with 1 when none does.',
    )
    .addOption(taskOption('ask these tasks and no others; may be repeated'))
    .addHelpText('after', EXAMPLES)
    .action(async (reference: string, flags: WhyFlags) =>
      (await import('../actions/why.ts')).why(context, reference, flags),
    );
}
