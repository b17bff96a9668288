import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { steadyNowMs } from '../waits/sleep.ts';
import type { Stretch } from './meters.ts';
import { lateTimers, SharedMeters } from './shared-meters.fixture.ts';
import { StretchLine } from './stretch-line.ts';

const UNIT_MS = 20;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function requests(meters = new SharedMeters({ sharers: 1 }), isDivisible = false) {
  const reserve = vi.fn((wish: Parameters<SharedMeters['reserve']>[0]) => meters.reserve(wish));
  const line = new StretchLine({ meters: ['a'], unitMs: () => UNIT_MS, isDivisible, reserve });
  const sinceMs = steadyNowMs();
  const gone: string[] = [];
  return {
    line,
    reserve,
    gone,
    pass: (name: string, signal?: AbortSignal, costMs?: number): Promise<void> =>
      line.pass(costMs, signal).then(() => void gone.push(`${name} ${Math.round(steadyNowMs() - sinceMs)}`)),
  };
}

describe('fleet/meters/stretch-line', () => {
  it('lets each go when its time has come, in the order in which they came', async () => {
    const { pass, gone, reserve, line } = requests();
    const all = ['a', 'b', 'c', 'd'].map((name) => pass(name));
    await vi.advanceTimersByTimeAsync(200);
    await Promise.all(all);
    expect(gone).toEqual(['a 0', 'b 20', 'c 40', 'd 60']);
    expect(reserve).toHaveBeenCalledTimes(2);
    expect(line.isIdle).toBe(true);
  });

  it('lets the next go in the place of one that gave up', async () => {
    const { pass, gone } = requests();
    const abort = new AbortController();
    const reason = new Error('no longer wanted');
    const first = pass('a');
    const second = pass('b', abort.signal);
    const third = pass('c');
    second.catch(() => undefined);
    await vi.advanceTimersByTimeAsync(5);
    abort.abort(reason);
    await expect(second).rejects.toBe(reason);
    await vi.advanceTimersByTimeAsync(100);
    await Promise.all([first, third]);
    expect(gone).toEqual(['a 0', 'c 20']);
  });

  it('lets those go first who are urgent, in their order', async () => {
    const { line, pass, gone } = requests();
    const all = [pass('a'), pass('b'), pass('c')];
    const urgent = (name: string) => line.pass(undefined, undefined, true).then(() => void gone.push(name));
    all.push(urgent('first'), urgent('second'));
    await vi.advanceTimersByTimeAsync(300);
    await Promise.all(all);
    expect(gone.map((text) => text.split(' ')[0])).toEqual(['first', 'second', 'a', 'b', 'c']);
  });

  it('takes nobody in whose signal has aborted', async () => {
    const { line, reserve } = requests();
    await expect(line.pass(undefined, AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
    expect(reserve).not.toHaveBeenCalled();
  });

  it('makes up for no time that it was too late for', async () => {
    const late = [70];
    using _ = lateTimers(() => late.shift() ?? 0);
    const { pass, gone } = requests();
    const all = ['a', 'b', 'c', 'd', 'e'].map((name) => pass(name));
    await vi.advanceTimersByTimeAsync(300);
    await Promise.all(all);
    // It slept until 90, when the time of four requests was over but for half of one.
    expect(gone).toEqual(['a 0', 'b 90', 'c 100', 'd 120', 'e 140']);
  });

  it('asks again when it is told that there is nothing yet', async () => {
    const answers: Stretch[] = [];
    const meters = new SharedMeters({ sharers: 1 });
    const nowMs = steadyNowMs();
    vi.spyOn(meters, 'reserve').mockImplementation(async () => {
      const fromMs = answers.length === 0 ? nowMs + 500 : steadyNowMs();
      const stretch = { fromMs, untilMs: answers.length === 0 ? fromMs : fromMs + UNIT_MS };
      answers.push(stretch);
      return stretch;
    });
    const { pass, gone, reserve } = requests(meters);
    const one = pass('a');
    await vi.advanceTimersByTimeAsync(600);
    await one;
    expect(gone).toEqual(['a 500']);
    expect(reserve).toHaveBeenCalledTimes(2);
  });

  it('divides stretches among what takes longer, or less, than one', async () => {
    const { pass, gone } = requests(undefined, true);
    const all = [pass('a', undefined, 500), pass('b', undefined, 1), pass('c', undefined, 30)];
    await vi.advanceTimersByTimeAsync(1_000);
    await Promise.all(all);
    expect(gone.map((text) => text.split(' ')[0])).toEqual(['a', 'b', 'c']);
    const ends = gone.map((text) => Number(text.split(' ')[1]));
    // What comes last in a stretch goes at the beginning of its piece.
    expect(ends[0]).toBeGreaterThanOrEqual(380);
    expect(ends[2]).toBeGreaterThanOrEqual(500);
    expect(ends[2]).toBeLessThanOrEqual(560);
  });
});
