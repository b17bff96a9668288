import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LONGEST_STRETCH_MS, type Meters, type Stretch, steadyNowMs } from '../index.ts';

export interface OpenedMeters {
  /** Two processes of one fleet; one and the same where a store has no more. */
  readonly both: readonly [Meters, Meters];
  close(): Promise<void>;
}

const UNIT_MS = 100;
// By how much two processes may differ in what they take for now.
const APART_MS = 25;

/** What the meters of every store keep to. @param open - is called before each test. */
export function describeMeters(name: string, open: () => Promise<OpenedMeters>): void {
  describe(name, () => {
    let opened: OpenedMeters | undefined;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened?.close());
    const both = (): readonly [Meters, Meters] => {
      if (opened === undefined) throw new Error('no meters are open');
      return opened.both;
    };

    it('gives stretches one after the other, to whoever asks', async () => {
      const stretches: Stretch[] = [];
      for (const meters of [...both(), ...both(), ...both()])
        stretches.push(await meters.reserve({ meters: ['a'], wantedMs: UNIT_MS, unitMs: UNIT_MS }));
      for (const [at, { fromMs, untilMs }] of stretches.entries()) {
        expect(untilMs - fromMs).toBeCloseTo(UNIT_MS);
        expect(fromMs - (stretches[at - 1]?.untilMs ?? 0)).toBeGreaterThan(-APART_MS);
      }
      expect(stretches.at(-1)?.fromMs).toBeLessThan(steadyNowMs() + stretches.length * UNIT_MS);
    });

    it('gives at once what was left unused', async () => {
      const [one, other] = both();
      const wish = { meters: ['a'], wantedMs: 1, unitMs: 1 };
      const first = await one.reserve(wish);
      await expect.poll(() => steadyNowMs()).toBeGreaterThan(first.untilMs + 50);
      const nowMs = steadyNowMs();
      const second = await other.reserve(wish);
      expect(second.fromMs).toBeGreaterThan(nowMs - APART_MS);
      expect(second.fromMs).toBeLessThan(steadyNowMs() + APART_MS);
    });

    it('gives one process no more than a fifth of a second, and whole units', async () => {
      const [one] = both();
      const { fromMs, untilMs } = await one.reserve({ meters: ['a'], wantedMs: 60_000, unitMs: 30 });
      expect(untilMs - fromMs).toBeLessThanOrEqual(LONGEST_STRETCH_MS);
      const units = (untilMs - fromMs) / 30;
      expect(units).toBeCloseTo(Math.round(units));
    });

    it('takes the time of all meters that are counted together, and of no other', async () => {
      const [one, other] = both();
      const wish = { wantedMs: 450, unitMs: 450 };
      const pair = await one.reserve({ meters: ['egress', 'ann'], ...wish });
      const egress = await other.reserve({ meters: ['egress', 'bob'], ...wish });
      const ann = await other.reserve({ meters: ['ann'], ...wish });
      const free = await one.reserve({ meters: ['free'], ...wish });
      expect(egress.fromMs).toBeGreaterThan(pair.untilMs - APART_MS);
      expect(ann.fromMs).toBeGreaterThan(pair.untilMs - APART_MS);
      expect(free.fromMs).toBeLessThan(pair.untilMs);
    });

    it('does not reserve a long time ahead', async () => {
      const [one] = both();
      const wish = { meters: ['a'], wantedMs: 600, unitMs: 600 };
      for (let asked = 0; asked < 4; asked += 1) await one.reserve(wish);
      const { fromMs, untilMs } = await one.reserve(wish);
      expect(untilMs).toBeCloseTo(fromMs);
      expect(fromMs).toBeGreaterThan(steadyNowMs());
    });

    it('tells both of a rate that was found out, and lets one of two at once change it', async () => {
      const [one, other] = both();
      expect(other.foundRate('a')).toBeUndefined();
      one.changeRate('a', { perSecond: 8, was: 'lowered' });
      await expect.poll(() => other.foundRate('a')?.rate).toEqual({ perSecond: 8, was: 'lowered' });
      one.changeRate('a', { perSecond: 12.5, ceiling: 20, was: 'raised' });
      other.changeRate('a', { perSecond: 9, ceiling: 9, was: 'lowered' });
      await expect
        .poll(() => both().map((meters) => meters.foundRate('a')?.rate.perSecond))
        .toSatisfy(([first, second]) => first === second && [9, 12.5].includes(first ?? 0));
      expect(one.foundRate('b')).toBeUndefined();
    });

    it('tells both of a pause within a second, and of the longer one of two', async () => {
      const [one, other] = both();
      expect(other.pauseEndMs('a')).toBe(0);
      const sinceMs = steadyNowMs();
      one.pause('a', 60_000);
      await expect.poll(() => other.pauseEndMs('a'), { timeout: 1_000 }).toBeGreaterThan(0);
      other.pause('a', 5_000);
      for (const meters of both()) {
        expect(meters.pauseEndMs('a')).toBeGreaterThan(sinceMs + 59_000);
        expect(meters.pauseEndMs('a')).toBeLessThan(steadyNowMs() + 61_000);
        expect(meters.pauseEndMs('b')).toBe(0);
      }
    });
  });
}
