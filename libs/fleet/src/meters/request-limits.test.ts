import { LONGEST_WAIT_MS, type RegistryRates } from '@regfleet/model';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RequestLimits } from './request-limits.ts';
import { SharedMeters } from './shared-meters.fixture.ts';

const REQUEST = { registry: 'registry.test', account: 'ann' };
const OF_OTHERS = [
  { registry: 'registry.test', account: 'bob' },
  { registry: 'registry.test' },
  { registry: 'other.test', account: 'ann' },
];

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function limited(rates: RegistryRates | undefined = undefined) {
  const meters = new SharedMeters({ sharers: 1 });
  const reserve = vi.spyOn(meters, 'reserve');
  const waits: [registry: string, waitedMs: number][] = [];
  const options = {
    meters,
    egress: 'default',
    ratesOf: (registry: string) => (registry === REQUEST.registry ? rates : undefined),
    onWait: (registry: string, waitedMs: number) => void waits.push([registry, Math.round(waitedMs)]),
  };
  return { meters, limits: new RequestLimits(options), other: new RequestLimits(options), reserve, waits };
}

/** How long it is until the request may go. */
async function waitedMs(going: Promise<void> | undefined): Promise<number> {
  const sinceMs = performance.now();
  let wentMs: number | undefined;
  void going?.then(() => {
    wentMs = performance.now();
  });
  while (wentMs === undefined) await vi.advanceTimersByTimeAsync(1);
  return Math.round(wentMs - sinceMs);
}

describe('fleet/meters/request-limits', () => {
  it('lets everything go at once, and asks for nothing, where no limit holds', () => {
    const { limits, reserve, waits } = limited();
    expect(limits.pass(REQUEST)).toBeUndefined();
    expect(limits.move(REQUEST, 65_536)).toBeUndefined();
    expect(reserve).not.toHaveBeenCalled();
    expect(waits).toEqual([]);
  });

  it('counts requests by account and by egress, a name never being part of it', async () => {
    const { limits, reserve } = limited({ requestsPerSecond: 50 });
    await waitedMs(limits.pass(REQUEST));
    await waitedMs(limits.pass({ registry: REQUEST.registry }));
    const [ofAnn, ofNobody] = reserve.mock.calls.map(([{ meters }]) => meters);
    expect(ofAnn).toEqual([
      'requests registry.test egress default',
      expect.stringMatching(/^requests registry\.test account [0-9a-f]{16}$/),
    ]);
    expect(ofNobody).toEqual(['requests registry.test egress default']);
  });

  it('spaces requests a little further apart than the rate says', async () => {
    const { limits, waits } = limited({ requestsPerSecond: 50 });
    const all = Array.from({ length: 11 }, () => limits.pass(REQUEST));
    expect(await waitedMs(Promise.all(all).then(() => undefined))).toBeGreaterThanOrEqual(200);
    expect(waits.map(([, ms]) => ms)).toEqual(waits.map(([, ms]) => ms).sort((a, b) => a - b));
    expect(waits.at(-1)?.[1]).toBeLessThanOrEqual(215);
  });

  it('lets bytes go at their rate, those of several blobs in turn', async () => {
    const { limits } = limited({ bytesPerSecond: 1_000_000 });
    const pieces = Array.from({ length: 32 }, () => limits.move(REQUEST, 62_500));
    const tookMs = await waitedMs(Promise.all(pieces).then(() => undefined));
    expect(tookMs).toBeGreaterThanOrEqual(1_700);
    expect(tookMs).toBeLessThanOrEqual(2_100);
    expect(limits.pass(REQUEST)).toBeUndefined();
  });

  it.each([429, 503])(
    'holds requests of all back as long as a %i asks, and those of no other account',
    async (status) => {
      const { limits, other, waits } = limited();
      limits.answered(REQUEST, { status, retryAfterMs: 2_000 });
      for (const request of OF_OTHERS) expect(other.pass(request)).toBeUndefined();
      expect(await waitedMs(other.pass(REQUEST))).toBeGreaterThanOrEqual(2_000);
      expect(waits).toEqual([['registry.test', expect.closeTo(2_000, -1)]]);
      expect(await waitedMs(limits.pass(REQUEST))).toBeLessThan(200);
    },
  );

  it('sends little at first to what has refused something, and as much as is given where a rate is', async () => {
    const { limits, other } = limited();
    limits.answered(REQUEST, { status: 429 });
    await waitedMs(limits.pass(REQUEST));
    const all = Array.from({ length: 9 }, () => other.pass(REQUEST));
    expect(await waitedMs(Promise.all(all).then(() => undefined))).toBeGreaterThan(800);
    const given = limited({ requestsPerSecond: 1_000 });
    given.limits.answered(REQUEST, { status: 429 });
    await waitedMs(given.limits.pass(REQUEST));
    const others = Array.from({ length: 9 }, () => given.limits.pass(REQUEST));
    expect(await waitedMs(Promise.all(others).then(() => undefined))).toBeLessThan(50);
  });

  it('takes what refuses everything for no rate, and goes on as before once something is taken', async () => {
    const { limits, meters } = limited();
    for (let refused = 0; refused < 20; refused += 1) {
      limits.answered(REQUEST, { status: 429 });
      await waitedMs(limits.pass(REQUEST));
      await vi.advanceTimersByTimeAsync(2_000);
    }
    const [meter = ''] = [...meters.changed];
    expect(meters.foundRate(meter)?.rate).toEqual({ perSecond: 8, was: 'lowered' });
    limits.answered(REQUEST, { status: 200 });
    await vi.advanceTimersByTimeAsync(1_000);
    limits.answered(REQUEST, { status: 429 });
    expect(meters.foundRate(meter)?.rate.perSecond).toBeLessThan(8);
  });

  it('waits half a second after a 429 that does not say for how long', async () => {
    const { limits } = limited();
    limits.answered(REQUEST, { status: 429 });
    expect(await waitedMs(limits.pass(REQUEST))).toBeGreaterThanOrEqual(500);
  });

  it('puts off what would have to wait for long, so that it keeps no place', async () => {
    const { limits, other } = limited();
    limits.answered(REQUEST, { status: 429, retryAfterMs: 60_000 });
    await expect(other.pass(REQUEST)).rejects.toMatchObject({
      kind: 'rate-limited',
      registry: 'registry.test',
      retryAfterMs: expect.closeTo(60_000, -2),
    });
  });

  it.each([
    { status: 503 },
    { status: 500, retryAfterMs: 5_000 },
    { status: 200, retryAfterMs: 5_000 },
    { status: 429, retryAfterMs: LONGEST_WAIT_MS + 1 },
  ])('holds nothing back for $status with a wait of $retryAfterMs ms', (answer) => {
    const { limits } = limited();
    limits.answered(REQUEST, answer);
    expect(limits.pass(REQUEST)).toBeUndefined();
  });

  it('leaves the last pulls to others where it is told to', async () => {
    const { limits, other } = limited({ pullReserve: 20 });
    const allowance = { limit: 100, windowMs: 21_600_000 };
    limits.answered(REQUEST, { status: 200, allowance: { ...allowance, left: 21 } });
    expect(other.pass(REQUEST)).toBeUndefined();
    limits.answered(REQUEST, { status: 200, allowance: { ...allowance, left: 20 } });
    await expect(other.pass(REQUEST)).rejects.toMatchObject({ retryAfterMs: expect.closeTo(216_000, -2) });
    for (const request of OF_OTHERS) expect(other.pass(request)).toBeUndefined();
  });

  it('ends a wait by the signal', async () => {
    const { limits } = limited({ requestsPerSecond: 1 });
    await waitedMs(limits.pass(REQUEST));
    limits.answered(REQUEST, { status: 429, retryAfterMs: 3_000 });
    const abort = new AbortController();
    const reason = new Error('cancelled');
    const going = limits.pass(REQUEST, abort.signal);
    going?.catch(() => undefined);
    await vi.advanceTimersByTimeAsync(10);
    abort.abort(reason);
    await expect(going).rejects.toBe(reason);
  });
});
