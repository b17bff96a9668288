import { describe, expect, it } from 'vitest';
import { type FoundRate, loweredRate, parseRate, raisedRate, rateText } from './found-rate.ts';

const MINUTE_MS = 60_000;

/** One second after the other until it stays. */
function grown(rate: FoundRate): FoundRate {
  let last = rate;
  for (let next = raisedRate(last, 1_000); next !== undefined; next = raisedRate(last, 1_000)) last = next;
  return last;
}

describe('fleet/meters/found-rate', () => {
  it('begins low, and grows by half every second until something is refused', () => {
    const first = loweredRate(undefined, 0);
    expect(first).toEqual({ perSecond: 8, was: 'lowered' });
    const second = raisedRate({ perSecond: 8, was: 'lowered' }, 1_000);
    expect(second).toEqual({ perSecond: 12, was: 'raised' });
    expect(raisedRate({ perSecond: 12, was: 'raised' }, 999)).toBeUndefined();
    expect(grown({ perSecond: 8, was: 'lowered' }).perSecond).toBe(10_000);
  });

  it('goes back to what was taken, then up by small steps to what was refused', () => {
    const lowered = loweredRate({ perSecond: 60, was: 'raised' }, 300);
    expect(lowered).toEqual({ perSecond: 40, ceiling: 60, was: 'lowered' });
    expect(raisedRate({ perSecond: 40, ceiling: 60, was: 'lowered' }, 1_000)).toMatchObject({
      perSecond: 43,
    });
    expect(grown({ perSecond: 40, ceiling: 60, was: 'lowered' })).toMatchObject({
      perSecond: 60,
      ceiling: 60,
    });
  });

  it('makes what was refused there its ceiling, less some', () => {
    const rate = { perSecond: 50, ceiling: 60, was: 'raised' } as const;
    expect(loweredRate(rate, 500)).toEqual({ perSecond: 43.5, ceiling: 43.5, was: 'lowered' });
  });

  it('tries more than its ceiling every five minutes only', () => {
    const rate = { perSecond: 50, ceiling: 50, was: 'raised' } as const;
    expect(raisedRate(rate, 5 * MINUTE_MS - 1)).toBeUndefined();
    expect(raisedRate(rate, 5 * MINUTE_MS)).toEqual({ perSecond: 55, ceiling: 55, was: 'probed' });
    expect(loweredRate({ perSecond: 55, ceiling: 55, was: 'probed' }, 500)).toMatchObject({
      perSecond: 47.85,
    });
  });

  it('leaves a ceiling that gives way within minutes, and goes on to one that does not', () => {
    let rate: FoundRate = { perSecond: 1, ceiling: 1, was: 'lowered' };
    expect(raisedRate(rate, 10_000)).toBeUndefined();
    let seconds = 5 * 60;
    rate = raisedRate(rate, 5 * MINUTE_MS) ?? rate;
    expect(raisedRate(rate, 9_999)).toBeUndefined();
    while (rate.perSecond < 50) {
      rate = raisedRate(rate, 10_000) ?? rate;
      seconds += 10;
    }
    expect(seconds).toBeLessThan(8 * 60);
    const refused = loweredRate(rate, 500) ?? rate;
    expect(refused.was).toBe('lowered');
    expect(raisedRate(refused, 10_000)).toBeUndefined();
  });

  it('takes a refusal at what was long taken for one that was late', () => {
    const rate = { perSecond: 50, ceiling: 50, was: 'lowered' } as const;
    expect(loweredRate(rate, MINUTE_MS)).toMatchObject({ perSecond: 48.5 });
    expect(loweredRate(rate, 5_000)).toMatchObject({ perSecond: 43.5 });
  });

  it('takes what is refused together for one refusal, and never falls below one a second', () => {
    expect(loweredRate({ perSecond: 50, ceiling: 60, was: 'lowered' }, 999)).toBeUndefined();
    expect(loweredRate({ perSecond: 1, ceiling: 1, was: 'lowered' }, 2_000)).toMatchObject({ perSecond: 1 });
  });

  it.each<FoundRate>([
    { perSecond: 8, was: 'lowered' },
    { perSecond: 12.5, ceiling: 60.125, was: 'raised' },
    { perSecond: 10_000, ceiling: 10_000, was: 'probed' },
  ])('reads what it wrote of %o', (rate) => {
    expect(parseRate(rateText(rate))).toEqual(rate);
    expect(rateText(rate)).not.toContain(' ');
  });

  it.each([
    '',
    '8',
    '8//',
    '0//raised',
    '-8//raised',
    '1e9//raised',
    '8//raised ',
    '999999//raised',
    'x/y/raised',
  ])('reads nothing from "%s"', (text) => expect(parseRate(text)).toBeUndefined());
});
