import { describe, expect, it } from 'vitest';
import { Slots } from './slots.ts';

const never = new AbortController().signal;

describe('queue/slots', () => {
  it('grants up to its limit and counts by lane', async () => {
    const slots = new Slots(2, () => undefined);
    const release = await slots.acquire('a', never);
    await slots.acquire('b', never);
    expect([slots.active, slots.free, slots.runningOf('a')]).toEqual([2, 0, 1]);
    release();
    release();
    expect([slots.active, slots.free, slots.runningOf('a')]).toEqual([1, 1, 0]);
  });

  it('gives a free slot to the lane that has waited longest, even if its job came back later', async () => {
    const slots = new Slots(1, () => undefined);
    const order: string[] = [];
    const hold = await slots.acquire('busy', never);
    const handedBack = new AbortController();
    const first = slots.acquire('patient', handedBack.signal);
    const busy = slots.acquire('busy', never).then((release) => {
      order.push('busy');
      release();
    });
    handedBack.abort(new Error('no slot'));
    await expect(first).rejects.toThrow('no slot');
    const patient = slots.acquire('patient', never).then((release) => {
      order.push('patient');
      release();
    });
    hold();
    await Promise.all([busy, patient]);
    expect(order).toEqual(['patient', 'busy']);
  });

  it('refuses at once when aborted before', async () => {
    const slots = new Slots(1, () => undefined);
    await expect(slots.acquire('a', AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
    expect(slots.active).toBe(0);
  });

  it('tells of every change', async () => {
    let changes = 0;
    const slots = new Slots(1, () => {
      changes += 1;
    });
    (await slots.acquire('a', never))();
    expect(changes).toBe(2);
  });
});
