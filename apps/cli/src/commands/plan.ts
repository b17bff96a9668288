import type { Command } from 'commander';
import type { PlanFlags } from '../actions/plan.ts';
import type { CommandContext } from '../context.ts';
import { taskOption } from '../tasks.ts';

const EXAMPLES = `
Examples:
  regfleet plan --drifted
  regfleet plan nightly --size
  regfleet plan nightly --exit-code || regfleet enqueue nightly --wait`;

/** `regfleet plan`: what a run would copy, and why each tag is in or out. */
export function planCommand(parent: Command, context: CommandContext): void {
  parent
    .command('plan')
    .argument('[task...]', 'names of tasks in the config; absent: all of them')
    .summary('what a run would copy, and why each tag is in or out; writes nothing')
    .description(
      'Lists repositories and tags at the sources, applies mappings and filters, and compares both sides by digest. Says for each ' +
        'registry who gives the credentials; login-check tries them. Nothing is written. Where a Redis is configured its sync records are ' +
        'used, as a run would; one that does not answer is warned of, and the plan goes on without. What cannot be planned is told with its task, and the next one is planned; registries are waited for that ' +
        'ask for no more than a minute. Exits with 0 when every mapping could be planned; with --exit-code, with 3 when something differs then.',
    )
    .addOption(taskOption('only these tasks; may be repeated'))
    .option(
      '--state <folder>',
      'use the sync records that `sync --state` keeps there, in place of those of a Redis',
    )
    .option('--drifted', 'only show what a run would copy', false)
    .option(
      '--size',
      'also tell how many bytes copies would move, and how many pulls a registry that counts them would take for it; reads the manifests of what differs, which counts as so many pulls itself',
      false,
    )
    .option('--exit-code', 'exit with 3 where a run would copy something, and all could be planned', false)
    .addHelpText('after', EXAMPLES)
    .action(async (names: string[], flags: PlanFlags) => {
      const task = [...names, ...(flags.task ?? [])];
      const { plan } = await import('../actions/plan.ts');
      return plan(context, { ...flags, ...(task.length > 0 && { task }) });
    });
}
