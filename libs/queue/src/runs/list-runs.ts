import type { RunRecord, Runs } from '@regfleet/fleet';
import type { Internals } from '../jobs/internals.ts';
import { readRuns } from './read-run.ts';
import { KEPT_RUNS } from './retention.ts';

export type ListOptions = Parameters<Runs['list']>[0];

const PAGE = 100;
// Ids of which the records may be gone, or are of another outcome; whoever can write to Redis can add any number.
const MOST_LOOKED_AT = 20_000;

/** Runs of a task, or of all, the newest first. */
export async function listRuns(internals: Internals, options: ListOptions): Promise<RunRecord[]> {
  return options.task === undefined
    ? runsOfAll(internals, options)
    : runsOfTask(internals, options.task, options);
}

async function runsOfAll(internals: Internals, { limit, outcome }: ListOptions): Promise<RunRecord[]> {
  const { client, keys } = internals;
  const found: RunRecord[] = [];
  for (let first = 0; first < MOST_LOOKED_AT && found.length < limit; first += PAGE) {
    const ids = await client.zrevrange(keys.allRuns, first, first + PAGE - 1);
    found.push(...wanted(await readRuns(internals, ids), outcome));
    if (ids.length < PAGE) break;
  }
  return sorted(found).slice(0, limit);
}

/** All that are kept of a task are few. */
async function runsOfTask(
  internals: Internals,
  task: string,
  { limit, outcome }: ListOptions,
): Promise<RunRecord[]> {
  const { client, keys } = internals;
  const ids = await Promise.all([
    client.zrevrange(keys.runsOf(task), 0, KEPT_RUNS.runs),
    client.zrevrange(keys.skipsOf(task), 0, KEPT_RUNS.skips),
  ]);
  return sorted(wanted(await readRuns(internals, ids.flat()), outcome)).slice(0, limit);
}

const wanted = (runs: readonly RunRecord[], outcome: ListOptions['outcome']): RunRecord[] =>
  runs.filter((run) => outcome === undefined || run.outcome === outcome);

const sorted = (runs: readonly RunRecord[]): RunRecord[] =>
  runs.toSorted((a, b) => b.startedAtMs - a.startedAtMs || (a.id < b.id ? 1 : -1));
