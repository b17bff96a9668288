import { describe, expect, it } from 'vitest';
import { FARTHEST_MS, INCREDIBLE_MS, LONGEST_STRETCH_MS, nextStretch } from './reserve.ts';

const NOW = { nowMs: 1_000_000, sharers: 1 };
const wish = (wantedMs: number, unitMs = 20): { wantedMs: number; unitMs: number } => ({ wantedMs, unitMs });
const { nowMs } = NOW;

describe('fleet/meters/reserve', () => {
  it('begins at once where all time is free, and behind what is taken of any meter else', () => {
    expect(nextStretch([], wish(20), NOW)).toEqual({ fromMs: nowMs, untilMs: nowMs + 20 });
    expect(nextStretch([nowMs - 5, 0], wish(20), NOW).fromMs).toBe(nowMs);
    expect(nextStretch([nowMs + 30, nowMs + 70], wish(20), NOW).fromMs).toBe(nowMs + 70);
  });

  it.each([
    { wanted: 'one unit', wantedMs: 20, sharers: 1, lengthMs: 20 },
    { wanted: 'several', wantedMs: 60, sharers: 1, lengthMs: 60 },
    { wanted: 'more than anybody gets', wantedMs: 5_000, sharers: 1, lengthMs: LONGEST_STRETCH_MS },
    { wanted: 'as much, of two', wantedMs: 5_000, sharers: 2, lengthMs: 100 },
    { wanted: 'as much, of eight', wantedMs: 5_000, sharers: 8, lengthMs: 20 },
    { wanted: 'as much, of a thousand', wantedMs: 5_000, sharers: 1_000, lengthMs: 20 },
    { wanted: 'less than a unit', wantedMs: 3, sharers: 1, lengthMs: 20 },
  ])('gives who wants $wanted beside $sharers in all $lengthMs ms', ({ wantedMs, sharers, lengthMs }) => {
    const { fromMs, untilMs } = nextStretch([], wish(wantedMs), { nowMs, sharers });
    expect(untilMs - fromMs).toBe(lengthMs);
  });

  it('gives a whole unit, however long it is', () => {
    expect(nextStretch([], wish(1_050, 1_050), { nowMs, sharers: 9 }).untilMs).toBe(nowMs + 1_050);
  });

  it('reserves nothing far ahead, and says when to ask again', () => {
    const { fromMs, untilMs } = nextStretch([nowMs + FARTHEST_MS + 200], wish(20), NOW);
    expect(untilMs).toBe(fromMs);
    expect(fromMs).toBe(nowMs + 200 + FARTHEST_MS / 2);
  });

  it('believes nothing that no process can have reserved', () => {
    expect(nextStretch([nowMs + INCREDIBLE_MS + 1], wish(20), NOW).fromMs).toBe(nowMs);
    expect(nextStretch([Number.NaN], wish(20), NOW).fromMs).toBe(nowMs);
  });
});
