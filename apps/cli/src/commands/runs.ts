import type { Command } from 'commander';
import type { RunsFlags } from '../actions/runs.ts';
import type { CommandContext } from '../context.ts';
import { limitOption } from '../flags.ts';
import { HELP } from '../output/help.ts';
import { taskOption } from '../tasks.ts';

const DEFAULT_LIMIT = 20;
// As many as are kept of images without a task.
const MOST = 1_000;

/** `regfleet runs [TASK]` and `regfleet runs show RUN`: what runs have done. */
export function runsCommand(parent: Command, context: CommandContext): void {
  const runs = parent
    .command('runs')
    .argument('[task]', 'name of a task; absent: runs of all tasks, and copies without one')
    .summary('what runs have done, newest first')
    .description(
      'Lists runs with when and by what they began, how long they took, how many images of those that the filters chose were ' +
        'copied, how many failed, what was sent, how they ended, and the first error. Redis keeps the last 50 runs of a task for 30 days.',
    )
    .addOption(taskOption('names of tasks, too; may be repeated'))
    .addOption(limitOption({ usual: DEFAULT_LIMIT, most: MOST }))
    .option('--failed', 'only runs that failed', false)
    .action(async (name: string | undefined, flags: RunsFlags) => {
      const names = [...(name === undefined ? [] : [name]), ...(flags.task ?? [])];
      return (await import('../actions/runs.ts')).runs(context, names, flags);
    });
  runs
    .command('show')
    .argument('<run>', 'id of a run, as `regfleet runs` lists it')
    .summary('one run with what came of each of its images')
    .description(
      'Shows a run with its errors, and its images with outcome, digest, bytes sent, tries and error: of the last 3 runs of a task that had ' +
        'any, at most 50,000; those that failed for 7 days.',
    )
    // Those of `runs` are none of it.
    .configureHelp({ ...HELP, visibleGlobalOptions: () => [...parent.options] })
    // The option of that name of the parent gets it wherever it stands.
    .option('--failed', 'only images that failed', false)
    .action(async (runId: string, _own: unknown, command: Command) => {
      const { failed } = command.optsWithGlobals<Pick<RunsFlags, 'failed'>>();
      return (await import('../actions/show-run.ts')).showRun(context, runId, { failed });
    });
}
