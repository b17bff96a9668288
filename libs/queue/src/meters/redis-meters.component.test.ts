import type { AccountRequest } from '@regfleet/fleet';
import { describeMeters } from '@regfleet/fleet/contract';
import { LeakyBucket } from '@regfleet/harness';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import type { FleetRequestGate, RedisFleet } from '../fleet.ts';
import { keepingLogger, useFleets } from '../queue.fixture.ts';
import { makeKeys } from '../redis/keys.ts';

const fleets = useFleets();
const REQUEST: AccountRequest = { registry: 'registry.test', account: 'ann' };
const PIECE = 65_536;
const METER = 'requests registry.test account 84359f1bf08cda8f';

describeMeters('queue/meters/redis-meters', async () => {
  const opened = [await fleets.connect(), await fleets.connect()] as const;
  for (const { meters } of opened) meters.start();
  return { both: [opened[0].meters, opened[1].meters], close: async () => undefined };
});

const gateOf = (fleet: RedisFleet, requestsPerSecond?: number, egress = 'default'): FleetRequestGate =>
  fleet.requestGate({
    egress,
    ratesOf: () => (requestsPerSecond === undefined ? undefined : { requestsPerSecond }),
  });

/** Sends as fast as it is let until so many were sent. @returns how many a registry would have refused. */
async function sendAll(
  gates: readonly FleetRequestGate[],
  bucket: LeakyBucket,
  count: number,
): Promise<number> {
  let [left, refused] = [count, 0];
  const sendOn = async (gate: FleetRequestGate): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await gate.pass(REQUEST);
      if (bucket.isFull(performance.now())) refused += 1;
    }
  };
  // Three copies in each process.
  await Promise.all([...gates, ...gates, ...gates].map(sendOn));
  return refused;
}

describe('queue/meters/redis-meters with gates of several processes', () => {
  it('sends no more than the rate in all, at even times', async () => {
    const opened = await Promise.all(Array.from({ length: 5 }, () => fleets.connect()));
    const gates = opened.map((fleet) => gateOf(fleet, 100));
    const sinceMs = performance.now();
    expect(await sendAll(gates, new LeakyBucket({ perSecond: 100, burst: 5 }), 150)).toBe(0);
    expect(performance.now() - sinceMs).toBeGreaterThan(1_400);
  });

  it('goes on with the share of each process while Redis is away, and all together after that', async () => {
    const opened = await Promise.all([fleets.connect(), fleets.connect()]);
    const gates = opened.map((fleet) => gateOf(fleet, 50));
    const bucket = new LeakyBucket({ perSecond: 50, burst: 6 });
    expect(await sendAll(gates, bucket, 20)).toBe(0);
    fleets.redis.pause();
    try {
      // A request is waited for as long as an answer could still come, then both go on at half the rate each.
      const sinceMs = performance.now();
      expect(await sendAll(gates, bucket, 30)).toBe(0);
      expect(performance.now() - sinceMs).toBeGreaterThan(500);
    } finally {
      fleets.redis.resume();
    }
    await Promise.all(opened.map((fleet) => fleet.meters.reserve({ meters: ['a'], wantedMs: 1, unitMs: 1 })));
    expect(await sendAll(gates, new LeakyBucket({ perSecond: 50, burst: 6 }), 30)).toBeLessThanOrEqual(2);
  });

  it('moves no more bytes than the bandwidth in all, and most of that', async () => {
    const bytesPerSecond = 4_000_000;
    const opened = await Promise.all(Array.from({ length: 4 }, () => fleets.connect()));
    const gates = opened.map((fleet) =>
      fleet.requestGate({ egress: 'default', ratesOf: () => ({ bytesPerSecond }) }),
    );
    const sinceMs = performance.now();
    let moved = 0;
    const moveOn = async (gate: FleetRequestGate): Promise<void> => {
      while (moved < 8_000_000) {
        moved += PIECE;
        await gate.move(REQUEST, PIECE);
      }
    };
    await Promise.all([...gates, ...gates].map(moveOn));
    const perSecond = (moved * 1000) / (performance.now() - sinceMs);
    // What is behind schedule by some milliseconds is made up for, once in each process.
    expect(perSecond).toBeLessThan(1.15 * bytesPerSecond);
    expect(perSecond).toBeGreaterThan(0.5 * bytesPerSecond);
  });

  it('tells processes of a pause that start later, and leaves none behind that is over', async () => {
    const first = gateOf(await fleets.connect());
    first.answered(REQUEST, { status: 429, retryAfterMs: 60_000 });
    const client = new Redis(fleets.redis.url);
    fleets.onCleanUp(() => client.quit());
    const key = makeKeys(fleets.prefix).pauses;
    await expect.poll(() => client.zcard(key)).toBe(1);
    expect(await client.pttl(key)).toBeGreaterThan(0);
    const started = await fleets.connect();
    const late = gateOf(started);
    await expect.poll(() => started.meters.pauseEndMs(METER)).toBeGreaterThan(0);
    await expect(late.pass(REQUEST)).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      registry: 'registry.test',
      retryAfterMs: expect.closeTo(60_000, -4),
    });
    expect(late.pass({ registry: 'registry.test' })).toBeUndefined();
    expect(late.pass({ registry: 'other.test', account: 'ann' })).toBeUndefined();
  });

  it('begins anew in an emptied Redis, and keeps to the pauses that it knows of', async () => {
    const gate = gateOf(await fleets.connect(), 100);
    const paused = { registry: 'paused.test' };
    gate.answered(paused, { status: 429, retryAfterMs: 60_000 });
    const bucket = new LeakyBucket({ perSecond: 100, burst: 6 });
    expect(await sendAll([gate], bucket, 10)).toBe(0);
    await fleets.redis.call('FLUSHALL');
    expect(await sendAll([gate], bucket, 10)).toBe(0);
    await expect(gate.pass(paused)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  });

  it('lets nobody wait for what others have written there', async () => {
    const { logger, lines } = keepingLogger();
    const fleet = await fleets.connect(logger);
    const keys = makeKeys(fleets.prefix);
    const client = new Redis(fleets.redis.url);
    fleets.onCleanUp(() => client.quit());
    await client.zadd(keys.pauses, Date.now() + 1e12, METER, Date.now() + 1_000, `x`.repeat(5_000));
    await client.publish(keys.signals, `pause 1e9 ${METER}`);
    await client.publish(keys.signals, 'pause');
    const meters = ['requests registry.test egress default', METER];
    await client.set(keys.meter(meters[0] ?? ''), String(Date.now() + 1e9));
    await client.lpush(keys.meter(METER), 'a list');
    await client.set(keys.sharers(METER), 'no set');
    const gate = gateOf(fleet, 1_000);
    for (let sent = 0; sent < 20; sent += 1) await gate.pass(REQUEST);
    await client.del(keys.pauses);
    await client.set(keys.pauses, 'no set either');
    gate.answered(REQUEST, { status: 429, retryAfterMs: 60_000 });
    await expect.poll(() => client.type(keys.pauses)).toBe('zset');
    expect(lines).toEqual([]);
  });

  it('keeps nothing of a meter that nobody asks for any more', async () => {
    const gate = gateOf(await fleets.connect(), 1_000);
    await gate.pass(REQUEST);
    const client = new Redis(fleets.redis.url);
    fleets.onCleanUp(() => client.quit());
    const all = await client.keys(`${makeKeys(fleets.prefix).root}*`);
    const ours = all.filter((key) => /:(?:meter|sharers):/.test(key));
    for (const key of ours) expect(await client.pttl(key)).toBeGreaterThan(0);
  });
});
