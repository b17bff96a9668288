import type { CopyJob, CopyOrder, RunRecord } from '@regfleet/fleet';
import { formatReference } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { COPIED, failure, open, order, settled } from './local.fixture.ts';

const HOSTS = ['a.test', 'b.test', 'c.test'];
const LIMIT = 2;
const RUNS = 30;

/** The same numbers for the same seed. */
function chance(seed: number) {
  let state = seed;
  const next = (): number => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    pick: <Item>(items: readonly [Item, ...Item[]]): Item => items[below(items.length)] ?? items[0],
  };
}

type Chance = ReturnType<typeof chance>;

const anyOrder = ({ below, pick }: Chance): CopyOrder =>
  order(`v${below(15)}`, { source: HOSTS[below(3)] ?? '', target: pick(['d.test', 'a.test']) });

/** Counts by what is under way, and tells what was at once that must not be. */
function watch() {
  const underWay = new Map<string, number>();
  const broken: string[] = [];
  const add = (key: string, number: number, most: number): void => {
    const count = (underWay.get(key) ?? 0) + number;
    underWay.set(key, count);
    if (count > most) broken.push(`${count} at once: ${key}`);
  };
  const move = ({ request: { source, target } }: CopyJob, number: number): void => {
    add(formatReference(target), number, 1);
    add(`from ${source.registry}`, number, LIMIT);
    add(`to ${target.registry}`, number, LIMIT);
  };
  return { begin: (job: CopyJob) => move(job, 1), end: (job: CopyJob) => move(job, -1), broken };
}

/** Thirty runs over the same few targets, of which some fail and some are cancelled. */
async function play(seed: number, end: 'drained' | 'closed' | 'left to their end') {
  const luck = chance(seed);
  const { fleet, copies, expansions } = open();
  const { begin, end: over, broken } = watch();
  const taking = [3, 4].map((concurrency) =>
    copies({
      concurrency,
      limitsOf: () => ({ source: LIMIT, target: LIMIT }),
      copy: async (job, { signal }) => {
        begin(job);
        for (let turns = luck.below(8); turns > 0; turns -= 1) await settled();
        over(job);
        signal.throwIfAborted();
        const failing = luck.pick([undefined, undefined, undefined, 'SERVER_FAILED', 'DENIED'] as const);
        if (failing !== undefined) throw failure(failing);
        return COPIED;
      },
    }),
  );
  const expanding = expansions(async (runId, { signal }) => {
    for (let count = luck.below(30); count > 0; count -= 1) {
      signal.throwIfAborted();
      await fleet.runs.enqueue(runId, anyOrder(luck));
      if (luck.below(100) === 0) await fleet.runs.cancel(runId);
    }
    await fleet.runs.finishExpansion(runId, []);
  });
  const runs: string[] = [];
  for (let index = 0; index < RUNS; index += 1)
    runs.push(await fleet.schedules.fire(`task ${index}`, luck.pick(['operator', 'start', 'schedule'])));
  if (end !== 'left to their end') await fleet.runs.wait(runs[luck.below(10)] ?? '');
  if (end === 'drained') await Promise.all([...taking, expanding].map((consumer) => consumer.drain()));
  if (end === 'closed') await fleet.close();
  const ended = await Promise.all(runs.map((runId) => fleet.runs.wait(runId)));
  await fleet.close();
  return { ended, broken };
}

const addsUp = ({ counts: { enqueued, copied, unchanged, failed } }: RunRecord): boolean =>
  copied + unchanged + failed === enqueued;

describe('local/invariants', () => {
  for (const end of ['left to their end', 'drained', 'closed'] as const)
    it.each([1, 2, 3])(`adds up and keeps targets and limits in runs ${end}, seed %i`, async (seed) => {
      const { ended, broken } = await play(seed, end);
      expect(broken).toEqual([]);
      expect(ended.filter((run) => !addsUp(run))).toEqual([]);
      expect(ended).toHaveLength(RUNS);
    });
});
