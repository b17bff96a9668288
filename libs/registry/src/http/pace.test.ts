import { describe, expect, it } from 'vitest';
import { Pace } from './pace.ts';

const LIMITS = { minBytesPerSecond: 100, windowMs: 10_000 };

describe('registry/http/pace', () => {
  it('convicts what moves too little in a window of waiting', () => {
    const pace = new Pace(LIMITS);
    for (let second = 1; second < 10; second += 1) expect(pace.note(1_000, 99)).toBeUndefined();
    expect(pace.note(1_000, 99)).toEqual({ bytes: 990, seconds: 10 });
  });

  it('lets what is just fast enough go on for ever', () => {
    const pace = new Pace(LIMITS);
    for (let second = 0; second < 1_000; second += 1) expect(pace.note(1_000, 100)).toBeUndefined();
  });

  it('holds a pause against nobody who makes up for it in the same window', () => {
    const pace = new Pace(LIMITS);
    expect(pace.note(9_999, 0)).toBeUndefined();
    expect(pace.note(1, 1_000)).toBeUndefined();
  });

  it('counts only time that was waited: bytes without it, and time elsewhere, change nothing', () => {
    const pace = new Pace(LIMITS);
    for (let chunk = 0; chunk < 1_000; chunk += 1) expect(pace.note(0, 1)).toBeUndefined();
  });

  it('takes any rate where none is asked for', () => {
    const pace = new Pace({ ...LIMITS, minBytesPerSecond: 0 });
    expect(pace.note(1_000_000, 0)).toBeUndefined();
  });
});
