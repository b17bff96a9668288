import type { RunOutcome } from '@regfleet/fleet';
import { printable, silentLogger } from '@regfleet/model';
import type { Fleet } from '@regfleet/queue';
import { configFile, readConfig } from '../config-file.ts';
import type { CommandContext } from '../context.ts';
import { EXIT } from '../exit-code.ts';
import { requireAnyRedis, withFleet } from '../fleet-access.ts';

interface Cancelled {
  readonly id: string;
  /** `ended`: there is nothing left to be cancelled. `unknown`: there is no such run. */
  readonly result: 'cancelled' | 'ended' | 'unknown';
  /** Of the run, where it has ended. */
  readonly outcome?: RunOutcome;
}

/** Ends runs, and takes single images out of them. */
export async function cancel(context: CommandContext, ids: readonly string[]): Promise<void> {
  const { terminal, options, finish } = context;
  const config = await readConfig(configFile(options().config, terminal.env), terminal);
  await withFleet(await requireAnyRedis(context, config), silentLogger, async (fleet) => {
    const results: Cancelled[] = [];
    for (const id of ids) results.push(await cancelOne(fleet, id));
    terminal.out(options().json ? JSON.stringify(results, undefined, 2) : results.map(lineOf).join('\n'));
    finish(results.every(isCancelled) ? EXIT.ok : EXIT.failed);
  });
}

/** Of a job's id what stands before the last dot is its run's, which has none. */
const runOf = (id: string): string => (isJob(id) ? id.slice(0, id.lastIndexOf('.')) : id);
const isJob = (id: string): boolean => id.includes('.');

async function cancelOne({ runs }: Fleet, id: string): Promise<Cancelled> {
  if (await (isJob(id) ? runs.cancelJob(id) : runs.cancel(id))) return { id, result: 'cancelled' };
  const run = await runs.get(runOf(id));
  if (run === undefined) return { id, result: 'unknown' };
  return { id, result: 'ended', ...(run.outcome !== undefined && { outcome: run.outcome }) };
}

/** What was cancelled before is as it was wanted. */
const isCancelled = ({ result, outcome }: Cancelled): boolean =>
  result === 'cancelled' || outcome === 'cancelled';

function lineOf({ id, result, outcome }: Cancelled): string {
  const what = `${isJob(id) ? 'image' : 'run'} ${printable(id)}`;
  switch (result) {
    case 'cancelled':
      return `${what}: cancelled`;
    case 'unknown':
      return isJob(id) ? `${what}: there is no such run` : `${what}: there is none, or no more`;
    case 'ended':
      if (outcome === 'cancelled') return `${what}: ${isJob(id) ? 'its run was' : 'was'} cancelled before`;
      if (outcome !== undefined)
        return `${what}: ${isJob(id) ? 'its run has' : 'has'} ended before: ${outcome}`;
      return `${what}: has ended before, or is none of its run, which goes on`;
  }
}
