import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';

const EXAMPLES = `
Examples:
  regfleet cancel t5k2ab3f9QxZ
  regfleet cancel t5k2ab3f9QxZ.d81kSsw0q`;

/** `regfleet cancel RUN|JOB...`: ends runs, and takes single images out of them. */
export function cancelCommand(parent: Command, context: CommandContext): void {
  parent
    .command('cancel')
    .argument('<id...>', 'ids of runs, or of single jobs: those have a dot')
    .summary('end runs, or single images of them')
    .description(
      'Ends a run, also one that no scheduler has begun: what waits is removed, and what is under way is aborted within two seconds, ' +
        'in the middle of a blob, in skopeo and in the docker daemon alike. A job is one image of a run, which goes on without it. A copy ' +
        'that another run waits for, too, goes on for that one. Exits with 0 when all of it is cancelled, now or before, and with 1 ' +
        'when a run or image had ended otherwise or is not known.',
    )
    .addHelpText('after', EXAMPLES)
    .action(async (ids: string[]) => (await import('../actions/cancel.ts')).cancel(context, ids));
}
