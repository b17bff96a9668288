import { describe, expect, it } from 'vitest';
import { MissStreaks } from './miss-streaks.ts';

function missed(times: number): MissStreaks {
  const streaks = new MissStreaks();
  for (let count = 0; count < times; count += 1) streaks.record('r/app', false);
  return streaks;
}

describe('relay/direct/miss-streaks', () => {
  it('presumes nothing before several blobs were missing', () => {
    expect([missed(3).presumesMissing('r/app'), missed(4).presumesMissing('r/app')]).toEqual([false, true]);
  });

  it('speaks only of the repository it has seen', () => {
    expect(missed(4).presumesMissing('r/other')).toBe(false);
  });

  it('has the registry asked every now and then', () => {
    const streaks = missed(4);
    const answers = Array.from({ length: 12 }, () => streaks.presumesMissing('r/app'));
    expect(answers).toEqual([1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 0].map(Boolean));
  });

  it('starts over when a blob was there', () => {
    const streaks = missed(6);
    streaks.record('r/app', true);
    expect(streaks.presumesMissing('r/app')).toBe(false);
  });
});
