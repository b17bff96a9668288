import { eventually, type Regfleet } from '@regfleet/harness';
import { runsOf } from '../runs.ts';
import type { FaultSite } from '../site.ts';
import { chosen, type Injector, nothing, type Undo } from './injector.ts';

const COMMAND_DEADLINE_MS = 120_000;

/** Runs a command again until it works: Redis may be away just then. */
export async function insist(regfleet: Regfleet, words: readonly string[]): Promise<void> {
  await eventually(
    async () => {
      const { code, stderr } = await regfleet.run(words);
      if (code !== 0) throw new Error(`${words.join(' ')} ended with ${code}: ${stderr}`);
      return true;
    },
    { deadlineMs: COMMAND_DEADLINE_MS, intervalMs: 500, what: `regfleet ${words.join(' ')}` },
  );
}

const pausing =
  (flags: (site: FaultSite, task: string) => readonly string[], more: readonly string[] = []): Injector =>
  async (site, fault): Promise<Undo> => {
    const scope = flags(site, chosen([...site.tasks.keys()], fault));
    await insist(site.regfleet, ['pause', ...scope, ...more, '--reason', 'as the plan says']);
    return () => insist(site.regfleet, ['resume', ...scope]);
  };

export const OPERATOR_INJECTORS = {
  'config edited': async (site, fault) => {
    await site.writeConfig({ concurrency: chosen([3, 5, 12], fault), hasFurtherTask: fault.choice < 0.5 });
    return () => site.writeConfig();
  },
  'task fired again': async (site, fault) => {
    await insist(site.regfleet, ['enqueue', chosen([...site.tasks.keys()], fault)]);
    return nothing;
  },
  'run cancelled': async ({ regfleet }, fault) => {
    const open = (await runsOf(regfleet)).filter((run) => run.outcome === undefined);
    if (open.length === 0) return { skipped: 'no run was under way' };
    const { code, stderr } = await regfleet.run(['cancel', chosen(open, fault).id]);
    // It may have ended meanwhile, and Redis may be away.
    return code === 0 ? nothing : { skipped: stderr.trim().split('\n').at(-1) ?? '' };
  },
  'task paused': pausing((_, task) => ['--task', task]),
  'registry paused': pausing(({ parts }) => ['--registry', parts.sourceProxy.host]),
  'everything paused at once': pausing(() => ['--all'], ['--now']),
} as const satisfies Record<string, Injector>;
