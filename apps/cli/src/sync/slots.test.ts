import { describe, expect, it } from 'vitest';
import { type Origin, Slots } from './slots.ts';

const HUB: Origin = { registry: 'hub.test' };
const SMALL: Origin = { registry: 'small.test', limit: 1 };
const never = new AbortController().signal;

/** Lets everything that is ready to go on do so. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Takes a slot for each origin in turn, and keeps what gives it back under a running number. */
function takeAll(slots: Slots, origins: readonly Origin[]): Map<number, () => void> {
  const begun = new Map<number, () => void>();
  origins.forEach((origin, number) => {
    void slots.take(origin, never).then((leave) => begun.set(number, leave));
  });
  return begun;
}

describe('cli/sync/slots', () => {
  it('gives room to as many as it has, and to the next ones in their order', async () => {
    const begun = takeAll(new Slots(2), [HUB, HUB, HUB, HUB]);
    await settled();
    expect([...begun.keys()]).toEqual([0, 1]);
    begun.get(0)?.();
    await settled();
    expect([...begun.keys()]).toEqual([0, 1, 2]);
    begun.get(2)?.();
    await settled();
    expect([...begun.keys()]).toEqual([0, 1, 2, 3]);
  });

  it('keeps room that nobody waits for', async () => {
    const slots = new Slots(1);
    for (const _ of [1, 2, 3]) (await slots.take(HUB, never))();
    const begun = takeAll(slots, [HUB, HUB]);
    await settled();
    expect([...begun.keys()]).toEqual([0]);
  });

  it('keeps to the limit of a registry, which takes no room from others', async () => {
    const begun = takeAll(new Slots(3), [SMALL, SMALL, SMALL, HUB, HUB, HUB]);
    await settled();
    expect([...begun.keys()]).toEqual([0, 3, 4]);
    begun.get(3)?.();
    await settled();
    expect([...begun.keys()]).toEqual([0, 3, 4, 5]);
    begun.get(0)?.();
    await settled();
    expect([...begun.keys()]).toEqual([0, 3, 4, 5, 1]);
  });

  it('forgets who gave up waiting', async () => {
    const slots = new Slots(1);
    const abort = new AbortController();
    const leave = await slots.take(HUB, never);
    const given = slots.take(HUB, abort.signal);
    const begun = takeAll(slots, [HUB]);
    abort.abort();
    await expect(given).rejects.toMatchObject({ name: 'AbortError' });
    leave();
    await settled();
    expect([...begun.keys()]).toEqual([0]);
  });
});
