import { describe, expect, it } from 'vitest';
import { Slots } from './slots.ts';

/** Lets everything that is ready to go on do so. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('cli/sync/slots', () => {
  it('gives room to as many as it has, and to the next ones in their order', async () => {
    const slots = new Slots(2);
    const begun: number[] = [];
    for (const number of [1, 2, 3, 4]) void slots.take().then(() => begun.push(number));
    await settled();
    expect(begun).toEqual([1, 2]);
    slots.release();
    await settled();
    expect(begun).toEqual([1, 2, 3]);
    slots.release();
    await settled();
    expect(begun).toEqual([1, 2, 3, 4]);
  });

  it('keeps room that nobody waits for', async () => {
    const slots = new Slots(1);
    for (const _ of [1, 2, 3]) {
      await slots.take();
      slots.release();
    }
    const begun: string[] = [];
    void slots.take().then(() => begun.push('first'));
    void slots.take().then(() => begun.push('second'));
    await settled();
    expect(begun).toEqual(['first']);
  });
});
