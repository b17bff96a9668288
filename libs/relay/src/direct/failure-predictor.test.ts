import { describe, expect, it } from 'vitest';
import { FailurePredictor } from './failure-predictor.ts';

function failed(times: number): FailurePredictor {
  const streaks = new FailurePredictor();
  for (let count = 0; count < times; count += 1) streaks.record('r/app', 'failure');
  return streaks;
}

describe('relay/direct/failure-predictor', () => {
  it('presumes nothing before several failures', () => {
    expect([failed(3), failed(4)].map((streaks) => streaks.presumesFailure('r/app'))).toEqual([false, true]);
  });

  it('speaks only of what it has seen', () => {
    expect(failed(4).presumesFailure('r/other')).toBe(false);
  });

  it('has its presumption tried every now and then', () => {
    const streaks = failed(4);
    const answers = Array.from({ length: 12 }, () => streaks.presumesFailure('r/app'));
    expect(answers).toEqual([1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 0].map(Boolean));
  });

  it('lets names go that nobody has asked for in more than a day, and the oldest of many', () => {
    const clock = { ms: 0 };
    const streaks = new FailurePredictor(() => clock.ms);
    for (let count = 0; count < 10_100; count += 1) streaks.record(`r/${count}`, 'failure');
    expect(streaks.size).toBe(10_000);
    clock.ms += 25 * 3_600_000;
    streaks.record('r/app', 'failure');
    expect(streaks.size).toBe(1);
  });

  it('starts over after a success', () => {
    const streaks = failed(6);
    streaks.record('r/app', 'success');
    expect(streaks.presumesFailure('r/app')).toBe(false);
  });
});
