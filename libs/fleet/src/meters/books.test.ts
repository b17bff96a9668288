import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { steadyNowMs } from '../waits/sleep.ts';
import { PauseBook } from './pause-book.ts';
import { RateBook } from './rate-book.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const OF_ACCOUNT = 'requests a.test account 0123';
const OF_EGRESS = 'requests a.test egress default';

describe('fleet/meters/books', () => {
  it('tells for how much longer a registry is left alone, by the meter that is paused for longest, until that ends', () => {
    const pauses = new PauseBook();
    expect(pauses.left()).toEqual(new Map());
    pauses.note(OF_ACCOUNT, steadyNowMs() + 1_000);
    pauses.note(OF_EGRESS, steadyNowMs() + 3_000);
    pauses.note('requests b.test:5000 egress default', steadyNowMs() + 2_000);
    expect(pauses.left()).toEqual(
      new Map([
        ['a.test', 3_000],
        ['b.test:5000', 2_000],
      ]),
    );
    vi.advanceTimersByTime(2_500);
    expect(pauses.left()).toEqual(new Map([['a.test', 500]]));
  });

  it('tells the lowest rate that was found out of each registry', () => {
    const rates = new RateBook();
    rates.note(OF_ACCOUNT, { perSecond: 5, ceiling: 10, was: 'raised' });
    rates.note(OF_EGRESS, { perSecond: 2, ceiling: 10, was: 'raised' });
    expect(rates.lowest()).toEqual(new Map([['a.test', 2]]));
    rates.note(OF_EGRESS, { perSecond: 8, ceiling: 10, was: 'raised' });
    expect(rates.lowest()).toEqual(new Map([['a.test', 5]]));
  });
});
