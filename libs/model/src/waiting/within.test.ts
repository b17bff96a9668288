import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { inTime, TIMED_OUT, within } from './within.ts';

const LIMIT_MS = 60_000;
const late = (): Error => new Error('too late');

describe('model/waiting/within', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('gives what comes in time, and leaves no timer', async () => {
    expect(await within(Promise.resolve('done'), LIMIT_MS)).toBe('done');
    expect(await inTime(LIMIT_MS, late, () => Promise.resolve('done'))).toBe('done');
    await expect(inTime(LIMIT_MS, late, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('waits no longer, and swallows a failure that comes afterwards', async () => {
    const work = Promise.withResolvers<string>();
    const result = within(work.promise, LIMIT_MS);
    vi.advanceTimersByTime(LIMIT_MS);
    expect(await result).toBe(TIMED_OUT);
    work.reject(new Error('late'));
  });

  it('throws what is said of work that takes longer, and aborts it with that', async () => {
    const signals: AbortSignal[] = [];
    const result = inTime(LIMIT_MS, late, (signal) => {
      signals.push(signal);
      return new Promise(() => undefined);
    });
    const ended = expect(result).rejects.toThrow('too late');
    await vi.advanceTimersByTimeAsync(LIMIT_MS);
    await ended;
    expect(signals[0]?.reason).toEqual(late());
  });
});
