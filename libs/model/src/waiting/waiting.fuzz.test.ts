import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fuzzRuns } from '../fuzz-runs.fixture.ts';
import { BoundedMap } from './bounded-map.ts';
import { forEachBounded } from './for-each-bounded.ts';
import { orderedWindow } from './ordered-window.ts';
import { SingleFlight } from './single-flight.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** How many turns of the event loop each piece of work takes, and which of them fails. */
const work = fc.record({
  turns: fc.array(fc.nat({ max: 4 }), { maxLength: 30 }),
  failing: fc.option(fc.nat({ max: 40 }), { nil: undefined }),
  width: fc.integer({ min: 1, max: 6 }),
});

/** Work as it was drawn, with how much of it is under way. */
function worker({ turns, failing }: { turns: readonly number[]; failing: number | undefined }) {
  const seen = { underWay: 0, most: 0 };
  const run = async (item: number): Promise<number> => {
    seen.underWay += 1;
    seen.most = Math.max(seen.most, seen.underWay);
    try {
      for (let left = turns[item] ?? 0; left > 0; left -= 1) await turn();
      if (item === failing) throw new Error('drawn');
      return item;
    } finally {
      seen.underWay -= 1;
    }
  };
  return { seen, run };
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, item) => item);

type Step = readonly ['set' | 'use' | 'delete' | 'wait', number, number];

const step: fc.Arbitrary<Step> = fc.tuple(
  fc.constantFrom('set', 'use', 'delete', 'wait'),
  fc.nat({ max: 9 }),
  fc.nat({ max: 99 }),
);

const MAX_AGE_MS = 100;

/** What a bounded map is to do, without a thought of what that costs. */
class ModelMap {
  nowMs = 1_000;
  readonly #limit: number;
  #entries: readonly { readonly key: number; readonly value: number; readonly setAtMs: number }[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(key: number): number | undefined {
    return this.#entries.find((entry) => entry.key === key && this.nowMs - entry.setAtMs < MAX_AGE_MS)?.value;
  }

  set(key: number, value: number): void {
    this.delete(key);
    this.#entries = [...this.#entries, { key, value, setAtMs: this.nowMs }].slice(-this.#limit);
  }

  use(key: number): number | undefined {
    const value = this.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }

  delete(key: number): void {
    this.#entries = this.#entries.filter((entry) => entry.key !== key);
  }
}

function take([kind, key, value]: Step, map: BoundedMap<number, number>, model: ModelMap): void {
  if (kind === 'wait') model.nowMs += value;
  else if (kind === 'set') {
    map.set(key, value);
    model.set(key, value);
  } else expect(map[kind](key)).toBe(model[kind](key));
}

describe('model/waiting, whatever comes in whatever order', () => {
  it('a bounded map has what was set last and lately, and never more', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.array(step, { maxLength: 60 }), (limit, steps) => {
        const model = new ModelMap(limit);
        const map = new BoundedMap<number, number>({ limit, maxAgeMs: MAX_AGE_MS, now: () => model.nowMs });
        for (const one of steps) {
          take(one, map, model);
          expect(map.size).toBeLessThanOrEqual(limit);
          expect(map.get(one[1])).toBe(model.get(one[1]));
        }
      }),
      fuzzRuns(10),
    );
  });

  it('an ordered window gives results in order, up to the first failure, and ends with nothing under way', async () => {
    await fc.assert(
      fc.asyncProperty(work, async (drawn) => {
        const { seen, run } = worker(drawn);
        const count = drawn.turns.length;
        async function* items(): AsyncGenerator<number> {
          yield* upTo(count);
        }
        const results: number[] = [];
        const consume = async (): Promise<void> => {
          for await (const result of orderedWindow(items(), drawn.width, run)) results.push(result);
        };
        const fails = drawn.failing !== undefined && drawn.failing < count;
        await (fails ? expect(consume()).rejects.toThrow('drawn') : consume());
        expect(results).toEqual(upTo(fails ? (drawn.failing ?? 0) : count));
        expect(seen.underWay).toBe(0);
        expect(seen.most).toBeLessThanOrEqual(drawn.width);
      }),
      fuzzRuns(),
    );
  });

  it('a bounded loop gives all results or the first failure, and ends with nothing under way', async () => {
    await fc.assert(
      fc.asyncProperty(work, async (drawn) => {
        const { seen, run } = worker(drawn);
        const items = upTo(drawn.turns.length);
        const bounds = { limit: drawn.width, signal: new AbortController().signal };
        const loop = forEachBounded(items, bounds, run);
        const fails = drawn.failing !== undefined && drawn.failing < items.length;
        if (fails) await expect(loop).rejects.toThrow('drawn');
        else expect(await loop).toEqual(items);
        expect(seen.underWay).toBe(0);
        expect(seen.most).toBeLessThanOrEqual(drawn.width);
      }),
      fuzzRuns(),
    );
  });

  it('a single flight runs once for all who wait, and is aborted when nobody does any more', async () => {
    const caller = fc.record({
      comesAt: fc.nat({ max: 8 }),
      leavesAt: fc.option(fc.nat({ max: 16 }), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(caller, { minLength: 1, maxLength: 8 }),
        fc.nat({ max: 6 }),
        async (callers, length) => {
          const flights: { isOver: boolean; signal: AbortSignal }[] = [];
          const flight = new SingleFlight(async (signal) => {
            const one = { isOver: false, signal };
            expect(flights.every(({ isOver, signal: before }) => isOver || before.aborted)).toBe(true);
            flights.push(one);
            for (let left = length; left > 0; left -= 1) await turn();
            one.isOver = true;
            return flights.length;
          });
          await Promise.all(
            callers.map(async ({ comesAt, leavesAt }) => {
              for (let left = comesAt; left > 0; left -= 1) await turn();
              const abort = new AbortController();
              const waiting = flight.run(abort.signal).then(
                () => 'told',
                (error: unknown) => error,
              );
              if (leavesAt === undefined) return expect(await waiting).toBe('told');
              for (let left = leavesAt; left > 0; left -= 1) await turn();
              abort.abort('left');
              expect(['told', 'left']).toContain(await waiting);
            }),
          );
          expect(flight.isIdle).toBe(true);
          expect(flights.every(({ isOver, signal }) => isOver || signal.aborted)).toBe(true);
        },
      ),
      fuzzRuns(),
    );
  });
});
