import { afterEach, describe, expect, it, vi } from 'vitest';
import { HoldBook } from './hold-book.ts';

const work = { source: 'hub.test', target: 'mirror.test', task: undefined };
const hub = { kind: 'registry', registry: 'hub.test' } as const;

describe('fleet/holds/hold-book', () => {
  afterEach(() => void vi.useRealTimers());

  it('keeps what is withheld in this process waiting until it is released, and tells nobody else of it', async () => {
    const book = new HoldBook();
    const release = book.withhold(hub, 60_000);
    const other = book.withhold(hub, 60_000);
    expect([book.isHeld(work), book.isHeld({ ...work, source: 'other.test' }), book.current]).toEqual([
      true,
      false,
      [],
    ]);
    const lifted = book.lifted(work, AbortSignal.timeout(10_000));
    release();
    release();
    expect(book.isHeld(work)).toBe(true);
    other();
    await lifted;
    expect(book.isHeld(work)).toBe(false);
  });

  it('withholds for no longer than it is told to', () => {
    vi.useFakeTimers();
    const book = new HoldBook();
    book.withhold(hub, 1_000);
    vi.advanceTimersByTime(999);
    expect(book.isHeld(work)).toBe(true);
    vi.advanceTimersByTime(1);
    expect(book.isHeld(work)).toBe(false);
  });
});
