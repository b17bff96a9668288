import { describe, expect, it } from 'vitest';
import { InFlight } from './in-flight.ts';

/** So many that have entered. */
async function filled(count: number, clock: { ms: number }) {
  const inFlight = new InFlight(() => clock.ms);
  const leaves = await Promise.all(Array.from({ length: count }, () => inFlight.enter(undefined)));
  return { inFlight, leaves };
}

describe('registry/http/in-flight', () => {
  it('lets in any number until one is refused, then half as many as there were', async () => {
    const clock = { ms: 1000 };
    const { inFlight, leaves } = await filled(20, clock);
    expect(inFlight.width).toBe(Number.POSITIVE_INFINITY);
    expect(inFlight.refused(900)).toBe(true);
    expect(inFlight.width).toBe(10);
    let entered = 0;
    const next = Promise.resolve(inFlight.enter(undefined)).then(() => {
      entered += 1;
    });
    for (const leave of leaves.slice(0, 10)) leave();
    await Promise.resolve();
    expect(entered).toBe(0);
    leaves[10]?.();
    leaves[10]?.();
    await next;
    expect(entered).toBe(1);
  });

  it('takes those that are refused together for one refusal, and the next for another', async () => {
    const clock = { ms: 1000 };
    const { inFlight } = await filled(8, clock);
    expect([990, 995, 1000].map((sentAtMs) => inFlight.refused(sentAtMs))).toEqual([true, false, false]);
    expect(inFlight.width).toBe(4);
    clock.ms = 1500;
    for (const sentAtMs of [1001, 1400]) inFlight.refused(sentAtMs);
    expect(inFlight.width).toBe(2);
    clock.ms = 2000;
    inFlight.refused(1600);
    clock.ms = 2500;
    expect(inFlight.refused(2100)).toBe(false);
    expect(inFlight.width).toBe(1);
  });

  it('has room for one more every few seconds, and for any number in the end', async () => {
    const clock = { ms: 0 };
    const { inFlight } = await filled(2, clock);
    inFlight.refused(0);
    clock.ms += 4999;
    expect(inFlight.width).toBe(1);
    clock.ms += 10_001;
    expect(inFlight.width).toBe(4);
    clock.ms += 600_000;
    expect(inFlight.width).toBe(Number.POSITIVE_INFINITY);
  });

  it('lets go of whoever gives up, and keeps the order of the others', async () => {
    const { inFlight, leaves } = await filled(1, { ms: 0 });
    inFlight.refused(0);
    const order: number[] = [];
    const abort = new AbortController();
    const impatient = inFlight.enter(abort.signal);
    const [second, third] = [2, 3].map((place) =>
      Promise.resolve(inFlight.enter(undefined)).then((leave) => {
        order.push(place);
        leave();
      }),
    );
    abort.abort(new Error('shutting down'));
    await expect(impatient).rejects.toThrow('shutting down');
    await expect(inFlight.enter(abort.signal)).rejects.toThrow('shutting down');
    leaves[0]?.();
    await Promise.all([second, third]);
    expect(order).toEqual([2, 3]);
  });
});
