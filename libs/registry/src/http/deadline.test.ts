import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Deadline } from './deadline.ts';

describe('registry/http/deadline', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const missed: string[] = [];
  const note = (what: string) => (): void => void missed.push(what);

  it('tells of the last that was set, once its time is up', () => {
    missed.length = 0;
    const deadline = new Deadline();
    deadline.set(100, note('first'));
    vi.advanceTimersByTime(60);
    deadline.set(100, note('second'));
    vi.advanceTimersByTime(60);
    deadline.putOff();
    vi.advanceTimersByTime(99);
    expect(missed).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(missed).toEqual(['second']);
    deadline.set(50, note('shorter'));
    vi.advanceTimersByTime(50);
    expect(missed).toEqual(['second', 'shorter']);
  });

  it('tells of nothing that was cleared or has ended', () => {
    missed.length = 0;
    const deadline = new Deadline();
    deadline.set(100, note('cleared'));
    deadline.clear();
    deadline.putOff();
    vi.advanceTimersByTime(200);
    deadline.set(100, note('ended'));
    deadline.end();
    vi.advanceTimersByTime(200);
    expect(missed).toEqual([]);
  });
});
