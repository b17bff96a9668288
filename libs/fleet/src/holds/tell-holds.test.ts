import { silentLogger } from '@regfleet/model';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HoldBook } from './hold-book.ts';
import type { Hold } from './holds.ts';
import { tellOperatorHolds } from './tell-holds.ts';

const START_MS = Date.UTC(2026, 0, 1);

const house: Hold = {
  scope: { kind: 'registry', registry: 'hub.test' },
  cause: 'operator',
  reason: 'they move house',
  by: 'me@here',
  sinceMs: START_MS,
};

describe('fleet/holds/tell-holds', () => {
  beforeEach(() => void vi.useFakeTimers({ now: START_MS }));
  afterEach(() => void vi.useRealTimers());

  function telling() {
    const book = new HoldBook();
    const lines: [string, object][] = [];
    const logger = {
      ...silentLogger,
      info: (fields: object, message: string) => lines.push([message, fields]),
    };
    const stop = tellOperatorHolds(book, logger);
    return { book, lines: () => lines.splice(0), stop };
  }

  it('tells once where a hold of an operator begins, who wants it, why and until when, and where it ends', () => {
    const { book, lines, stop } = telling();
    book.set([house]);
    book.set([{ ...house, sinceMs: START_MS + 3 }]);
    expect(lines()).toEqual([
      [
        'an operator holds this back',
        { scope: 'registry hub.test', reason: 'they move house', by: 'me@here', untilMs: undefined },
      ],
    ]);
    book.set([]);
    expect(lines()).toEqual([["an operator's hold is lifted", { scope: 'registry hub.test' }]]);
    stop();
    book.set([house]);
    expect(lines()).toEqual([]);
  });

  it('tells that the time of a hold is over, and that it was placed anew', () => {
    const { book, lines } = telling();
    book.set([{ ...house, untilMs: START_MS + 60_000 }]);
    book.set([{ ...house, sinceMs: START_MS + 30_000, untilMs: START_MS + 90_000 }]);
    expect(lines().map(([message]) => message)).toEqual(Array(2).fill('an operator holds this back'));
    vi.advanceTimersByTime(91_000);
    expect(lines().map(([message]) => message)).toEqual(["the time of an operator's hold is over"]);
  });

  it('leaves outages to whoever waits for them', () => {
    const { book, lines } = telling();
    book.set([{ ...house, cause: 'outage', untilMs: START_MS + 60_000 }]);
    book.set([]);
    expect(lines()).toEqual([]);
  });
});
