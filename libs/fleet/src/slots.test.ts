import { afterEach, describe, expect, it, vi } from 'vitest';
import { Slots } from './slots.ts';

const never = new AbortController().signal;

describe('fleet/slots', () => {
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

  it('gives a lane whose copies never end no more than its share', async () => {
    const slots = new Slots(6, () => undefined);
    const { signal } = new AbortController();
    const quick: (() => void)[] = [];
    const ask = async (lane: string): Promise<void> => {
      const release = await slots.acquire(lane, signal);
      void ask(lane);
      if (lane !== 'slow') quick.push(release);
    };
    for (const lane of ['slow', 'one', 'other']) void ask(lane);
    for (let turn = 0; turn < 50; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      quick.shift()?.();
    }
    expect(slots.runningOf('slow')).toBe(2);
    expect(slots.active).toBe(6);
  });

  it('grants what waits where there are more places, and takes none away where there are fewer', async () => {
    const listeners: (() => void)[] = [];
    const width = {
      current: 1,
      note: vi.fn(),
      listen: (onChange: () => void) => void listeners.push(onChange),
    };
    const setTo = (current: number): void => {
      width.current = current;
      for (const onChange of listeners) onChange();
    };
    const slots = new Slots(width, () => undefined);
    const first = await slots.acquire('a', never);
    const others = [slots.acquire('a', never), slots.acquire('b', never)];
    setTo(3);
    const [second, third] = await Promise.all(others);
    expect([slots.active, slots.free]).toEqual([3, 0]);
    setTo(1);
    second?.();
    expect([slots.active, slots.free]).toEqual([2, 0]);
    first();
    third?.();
    expect([slots.active, slots.free]).toEqual([0, 1]);
    expect(width.note.mock.calls.flat()).toEqual([1, 2, 3, 2, 1, 0]);
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

  it('remembers no lane that neither runs nor waits', async () => {
    const slots = new Slots(1, () => undefined);
    const release = await slots.acquire('busy', never);
    const handedBack = new AbortController();
    const waiting = slots.acquire('gone', handedBack.signal);
    handedBack.abort(new Error('no slot'));
    await expect(waiting).rejects.toThrow('no slot');
    expect(slots.laneCount).toBe(2);
    slots.forget('gone');
    release();
    expect(slots.laneCount).toBe(0);
  });

  describe('while copies of one lane hold all slots', () => {
    afterEach(() => {
      vi.useRealTimers();
    });

    /** All slots taken by `busy`, at time 0. */
    async function held(limit: number): Promise<{ slots: Slots; releases: (() => void)[] }> {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
      const slots = new Slots(limit, () => undefined);
      const releases = [];
      for (let slot = 0; slot < limit; slot += 1) releases.push(await slots.acquire('busy', never));
      return { slots, releases };
    }

    const noted = (slots: Slots, lane: string, started: string[]) =>
      slots.acquire(lane, never).then((release) => {
        started.push(lane);
        return release;
      });

    it('starts one copy above the limit for a lane that runs nothing, after 10 s', async () => {
      const { slots } = await held(2);
      const started: string[] = [];
      const waiting = [noted(slots, 'a', started), noted(slots, 'b', started), noted(slots, 'busy', started)];
      await vi.advanceTimersByTimeAsync(9_999);
      expect(started).toEqual([]);
      await vi.advanceTimersByTimeAsync(1);
      expect(started).toEqual(['a']);
      expect([slots.active, slots.free]).toEqual([3, 0]);
      await vi.advanceTimersByTimeAsync(60_000);
      expect(started).toEqual(['a']);
      // Lanes in turn: the next one at once, since nothing has changed but that.
      (await waiting[0])?.();
      await vi.advanceTimersByTimeAsync(0);
      expect(started).toEqual(['a', 'b']);
      const again = noted(slots, 'a', started);
      (await waiting[1])?.();
      await again;
      expect(started).toEqual(['a', 'b', 'a']);
    });

    it('starts none while slots change hands', async () => {
      const { slots, releases } = await held(2);
      const started: string[] = [];
      await vi.advanceTimersByTimeAsync(9_000);
      releases[0]?.();
      await slots.acquire('busy', never);
      const waiting = noted(slots, 'a', started);
      await vi.advanceTimersByTimeAsync(9_999);
      expect(started).toEqual([]);
      await vi.advanceTimersByTimeAsync(1);
      await waiting;
      expect(slots.active).toBe(3);
      // One that ends within the limit brings it back to the limit, not to another copy above it.
      releases[1]?.();
      const next = noted(slots, 'b', started);
      await vi.advanceTimersByTimeAsync(9_999);
      expect([slots.active, started]).toEqual([2, ['a']]);
      await vi.advanceTimersByTimeAsync(1);
      await next;
      expect([slots.active, started]).toEqual([3, ['a', 'b']]);
    });

    it('starts one urgent copy above the limit at once, and gives the next slots to urgent ones', async () => {
      const { slots, releases } = await held(2);
      const started: string[] = [];
      const urgent = (lane: string) =>
        slots.acquire(lane, never, 'urgent').then((release) => {
          started.push(lane);
          return release;
        });
      void noted(slots, 'a', started);
      const first = urgent('busy');
      void urgent('b');
      await vi.advanceTimersByTimeAsync(0);
      expect([slots.active, started]).toEqual([3, ['busy']]);
      // One above the limit is left; then there is a slot for the next.
      releases[0]?.();
      await vi.advanceTimersByTimeAsync(0);
      expect([slots.active, started]).toEqual([3, ['busy', 'b']]);
      (await first)();
      releases[1]?.();
      await vi.advanceTimersByTimeAsync(0);
      expect([slots.active, started]).toEqual([2, ['busy', 'b', 'a']]);
    });

    it('starts it also for a lane whose job was handed back in the meantime', async () => {
      const { slots } = await held(1);
      const handedBack = new AbortController();
      const first = slots.acquire('a', handedBack.signal);
      await vi.advanceTimersByTimeAsync(5_000);
      handedBack.abort(new Error('no slot'));
      await expect(first).rejects.toThrow('no slot');
      await vi.advanceTimersByTimeAsync(5_000);
      await slots.acquire('a', never);
      expect(slots.active).toBe(2);
    });
  });
});
