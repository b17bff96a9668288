import { describe, expect, it } from 'vitest';
import { ListBounds } from './list-bounds.ts';

const bounds = (maxNames = 1_000_000) => new ListBounds('the list of x', { registry: 'r.com', maxNames });

const page = (count: number, waitedMs = 0, name = 'v1') => ({
  names: Array.from({ length: count }, () => name),
  waitedMs,
});

const tooLarge = (message: string) =>
  expect.objectContaining({
    code: 'LISTING_TOO_LARGE',
    registry: 'r.com',
    message: expect.stringContaining(message),
  });

describe('registry/lists/list-bounds', () => {
  it('takes as many names as are allowed and no more', () => {
    const list = bounds(2_000);
    list.add(page(1_000));
    list.add(page(1_000));
    expect(() => list.add(page(1))).toThrow(tooLarge('more than 2000 names'));
  });

  it('takes long names, not long names alone', () => {
    const list = bounds(2_000);
    list.add(page(1_000, 0, 'x'.repeat(128)));
    expect(() => list.add(page(1, 0, 'x'.repeat(300)))).toThrow(tooLarge('more than 128000 characters'));
  });

  it('bears a thousand empty pages between others, not in a row without end', () => {
    const list = bounds();
    for (let round = 0; round < 3; round += 1) {
      for (let empty = 0; empty < 1_000; empty += 1) list.add(page(0));
      list.add(page(1));
    }
    for (let empty = 0; empty < 1_000; empty += 1) list.add(page(0));
    expect(() => list.add(page(0))).toThrow(tooLarge('empty pages'));
  });

  it('takes no pages, and no time, without end', () => {
    const long = bounds();
    for (let count = 0; count < 10_000; count += 1) long.add(page(1));
    expect(() => long.add(page(1))).toThrow(tooLarge('more than 10000 pages'));
    const slow = bounds();
    slow.add(page(1_000, 29 * 60_000));
    expect(() => slow.add(page(1_000, 61_000))).toThrow(
      expect.objectContaining({ code: 'TOO_SLOW', message: expect.stringContaining('30 minutes') }),
    );
  });
});
