import { type Hold, HoldBook } from '@regfleet/fleet';
import { type Location, parseRegistryName } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import type { PlanPorts } from './contract.ts';
import { heldPorts } from './held-ports.ts';

const registry = { kind: 'registry', registry: 'source.test' } as const;
const hold: Hold = { scope: registry, cause: 'operator', reason: '', sinceMs: 0 };
const location: Location = {
  registry: parseRegistryName('source.test'),
  auth: { kind: 'ambient' },
  tls: { skipVerify: false, certsDir: '' },
};

/** Ports whose lister is played by the test; whatever else is asked of them is a mistake. */
function portsWith(list: (signal: AbortSignal) => Promise<readonly string[]>) {
  const book = new HoldBook();
  const holds = {
    get current() {
      return book.current;
    },
    isHeld: book.isHeld.bind(book),
    lifted: book.lifted.bind(book),
    listen: book.listen.bind(book),
  };
  const wrong = (): never => {
    throw new Error('nobody asks for that');
  };
  const ports: PlanPorts = {
    client: wrong,
    lister: () => ({ list: ({ signal } = {}) => list(signal ?? new AbortController().signal) }),
    records: { get: wrong, set: wrong },
  };
  const stop = new AbortController();
  const waits = { holds, task: 'a task', signal: stop.signal, holdGraceMs: 0 };
  return { book, stop, lister: heldPorts(ports, waits).lister(location) };
}

/** A list that comes when its signal is aborted, or by itself where it is not the first. */
function slowList() {
  const begun: AbortSignal[] = [];
  const first = Promise.withResolvers<void>();
  const list = (signal: AbortSignal): Promise<readonly string[]> => {
    begun.push(signal);
    first.resolve();
    if (begun.length > 1) return Promise.resolve(['a']);
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  };
  return { begun, first: first.promise, list };
}

describe('planner/held-ports', () => {
  it('asks for no list while the registry is held', async () => {
    const { begun, list } = slowList();
    const { book, lister, stop } = portsWith(list);
    book.set([hold]);
    const listing = lister.list();
    stop.abort(new Error('enough'));
    await expect(listing).rejects.toThrow('enough');
    expect(begun).toEqual([]);
  });

  it('begins a list anew that had to be given up for a hold, once that is lifted', async () => {
    const { begun, first, list } = slowList();
    const { book, lister } = portsWith(list);
    const listing = lister.list();
    await first;
    const aborted = new Promise((resolve) => begun[0]?.addEventListener('abort', resolve));
    book.set([hold]);
    await aborted;
    book.set([]);
    expect(await listing).toEqual(['a']);
    expect(begun).toHaveLength(2);
  });

  it('tells of a list that fails by itself', async () => {
    const { lister } = portsWith(() => Promise.reject(new Error('no such list')));
    await expect(lister.list()).rejects.toThrow('no such list');
  });
});
