import fc from 'fast-check';
import { describe, expect, inject, it } from 'vitest';
import { FoundWidth } from './found-width.ts';

/** What answers: each of the copies at once so many times a second, all of them together so many at most. */
interface Far {
  readonly perCopy: number;
  readonly capacity: number;
  /** What the process is busy for each answer, as a share of a second. */
  readonly busyFor?: number;
}

const LEAST = 8;
const MOST = 32;

/** A process with more to copy than it can, by a clock that stands still between answers. */
function simulation(far: Far, { running = (width: number): number => width, gap = (): number => 1 } = {}) {
  let nowMs = 0;
  let sinceMs = 0;
  let answers = 0;
  const width = new FoundWidth({
    least: LEAST,
    most: MOST,
    now: () => nowMs,
    utilization() {
      const share = Math.min(1, (answers * (far.busyFor ?? 0)) / ((nowMs - sinceMs) / 1000));
      [sinceMs, answers] = [nowMs, 0];
      return share;
    },
  });
  const seen: number[] = [];
  const step = (): void => {
    const capacity = Math.min(far.capacity, 1 / (far.busyFor ?? 1e-9));
    nowMs += (gap() * 1000) / Math.min(capacity, running(width.current) * far.perCopy);
    answers += 1;
    width.note(running(width.current));
    width.answered();
    seen.push(width.current);
  };
  return {
    width,
    seen,
    /** Lets so much time pass. */
    run(seconds: number): void {
      for (const endMs = nowMs + seconds * 1000; nowMs < endMs; ) step();
    },
  };
}

/** Numbers from 0 to 1 that look random, always the same. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

describe('fleet/width/found-width', () => {
  it('gives a registry that is far away as many as there may be, within seconds', () => {
    const { width, run } = simulation({ perCopy: 10, capacity: 1e6 });
    run(5);
    expect(width.current).toBe(MOST);
  });

  it.each<[string, Far]>([
    ['a registry that answers no faster however many ask', { perCopy: 50, capacity: 300 }],
    ['a process that is busy', { perCopy: 200, capacity: 1e6, busyFor: 1 / 1200 }],
  ])('leaves %s at what it began with, but for tries', (_, far) => {
    const { width, seen, run } = simulation(far);
    run(60);
    const wider = seen.filter((current) => current > LEAST).length / seen.length;
    expect(Math.max(...seen)).toBeLessThanOrEqual(LEAST * 2);
    expect(wider).toBeLessThan(0.1);
    expect(width.current).toBe(LEAST);
  });

  it('stops where more brings no more', () => {
    const { seen, run } = simulation({ perCopy: 10, capacity: 150 });
    run(120);
    const counts = Map.groupBy(seen, (current) => current);
    const [[usual] = [0]] = [...counts].toSorted(([, left], [, right]) => right.length - left.length);
    expect(usual).toBeGreaterThanOrEqual(12);
    expect(usual).toBeLessThanOrEqual(18);
  });

  it.each<[string, (current: number) => number]>([
    ['copies that are few', () => 3],
    ['copies that do not fill half of the places', (current) => Math.floor(current / 2)],
  ])('widens nothing for %s', (_, running) => {
    const { width, run } = simulation({ perCopy: 10, capacity: 1e6 }, { running });
    run(60);
    expect(width.current).toBe(LEAST);
  });

  it('widens nothing for answers that are too few to tell, as those of large blobs', () => {
    const { width, run } = simulation({ perCopy: 0.1, capacity: 1e6 });
    run(600);
    expect(width.current).toBe(LEAST);
  });

  it('widens nothing while requests wait for a rate or a pause', () => {
    const { width, run } = simulation({ perCopy: 10, capacity: 1e6 });
    for (let round = 0; round < 100; round += 1) {
      width.waited();
      run(0.1);
    }
    expect(width.current).toBe(LEAST);
  });

  it('has half as many after a refusal, once for those that came together, and tries no more for a while', () => {
    const { width, run } = simulation({ perCopy: 10, capacity: 1e6 });
    run(5);
    width.refused();
    width.refused();
    expect(width.current).toBe(MOST / 2);
    run(30);
    expect(width.current).toBe(MOST / 2);
    run(60);
    expect(width.current).toBe(MOST);
  });

  it('goes on halving as long as refusals go on', () => {
    const { width, run } = simulation({ perCopy: 10, capacity: 1e6 });
    run(5);
    for (let round = 0; round < 6; round += 1) {
      run(5);
      width.refused();
    }
    expect(width.current).toBe(LEAST);
  });

  it('is not led up by chance where more brings no more, and comes down from where it was led', () => {
    for (const capacity of [20, 60, 200, 600]) {
      const random = seeded(capacity);
      const gap = (): number => -Math.log(1 - random());
      const { seen, run } = simulation({ perCopy: 1e6, capacity }, { gap });
      run(30 * 60);
      const mean = seen.reduce((sum, current) => sum + current, 0) / seen.length;
      expect(mean, `${capacity} answers a second`).toBeLessThan(1.75 * LEAST);
    }
  });

  it('comes down when what was worth its while no longer is', () => {
    const far = { perCopy: 10, capacity: 1e6 };
    const { width, run } = simulation(far);
    run(10);
    expect(width.current).toBe(MOST);
    far.capacity = 60;
    run(10 * 60);
    expect(width.current).toBeLessThan(1.5 * LEAST);
  });

  it('stays within its bounds and loses nothing that a smaller one had, whatever answers', () => {
    const property = fc.property(
      fc.integer({ min: 1, max: 400 }),
      fc.integer({ min: 1, max: 4_000 }),
      (perCopy, capacity) => {
        const { width, seen, run } = simulation({ perCopy, capacity });
        run(20);
        expect(Math.min(...seen)).toBeGreaterThanOrEqual(LEAST);
        expect(Math.max(...seen)).toBeLessThanOrEqual(MOST);
        const rateOf = (current: number): number => Math.min(capacity, current * perCopy);
        expect(rateOf(width.current)).toBeGreaterThanOrEqual(rateOf(LEAST));
      },
    );
    fc.assert(property, inject('fuzz'));
  });
});
