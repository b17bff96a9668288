import { describe, expect, it } from 'vitest';
import { FAULT_KINDS } from './kinds.ts';
import { makePlan, type PlanOptions } from './plan.ts';

const OPTIONS: PlanOptions = {
  seed: 1,
  variant: 'exact',
  durationMs: 150_000,
  tasks: [['a', 'b'], ['c'], ['d']],
};

describe('faults/plan', () => {
  it('follows from its options alone', () => {
    expect(makePlan(OPTIONS)).toEqual(makePlan(OPTIONS));
    expect(makePlan({ ...OPTIONS, seed: 2 }).faults).not.toEqual(makePlan(OPTIONS).faults);
  });

  it('lets no two faults of one part happen at once, and none beyond the end', () => {
    for (let seed = 1; seed <= 50; seed += 1) {
      const { faults } = makePlan({ ...OPTIONS, seed });
      for (const part of Object.keys(FAULT_KINDS)) {
        const ends = faults
          .filter((fault) => fault.part === part)
          .map(({ atMs, forMs }) => [atMs, atMs + forMs]);
        for (const [place, [, endMs = 0]] of ends.entries())
          expect(endMs).toBeLessThan(ends[place + 1]?.[0] ?? OPTIONS.durationMs + 1);
      }
    }
  });

  it('has every kind in the time of a long trial, whatever the seed', () => {
    const kinds = Object.values(FAULT_KINDS).flatMap((part) => Object.keys(part));
    for (let seed = 1; seed <= 50; seed += 1) {
      const planned = new Set(makePlan({ ...OPTIONS, seed }).faults.map(({ kind }) => kind));
      expect(kinds.filter((kind) => !planned.has(kind as never))).toEqual([]);
    }
  });

  it('fires each task once, those of a group together', () => {
    const { firings } = makePlan(OPTIONS);
    expect(firings.map(({ tasks }) => tasks).sort()).toEqual([['a', 'b'], ['c'], ['d']]);
    expect(firings.every(({ atMs }) => atMs < OPTIONS.durationMs)).toBe(true);
  });

  it('kills a worker a hundred times where nothing else happens', () => {
    const { faults } = makePlan({ ...OPTIONS, variant: 'kills' });
    expect(faults).toHaveLength(100);
    expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(['kill -9 of a worker']));
  });

  it('has Redis fail over where it may, and nothing else happen to it', () => {
    const { faults } = makePlan({ ...OPTIONS, variant: 'fail-over' });
    const kinds = faults.filter(({ part }) => part === 'redis').map(({ kind }) => kind);
    expect(kinds.length).toBeGreaterThan(1);
    expect(kinds.every((kind) => kind.startsWith('fail-over'))).toBe(true);
  });
});
