import type { LaneLimits, LaneParts, Permit } from '@regfleet/fleet';
import { eventually } from '@regfleet/harness';
import type { Logger } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { keepingLogger, useFleets } from '../queue.fixture.ts';
import { RedisPermits } from './redis-permits.ts';

const LEASE_MS = 60_000;
const SHORT_MS = 600;
const soon = (): AbortSignal => AbortSignal.timeout(10_000);

const lane = (source: string, target = 'target.test', relay: LaneParts['relay'] = 'direct'): LaneParts => ({
  relay,
  source,
  target,
});

describe('queue/permits', () => {
  const fleets = useFleets();

  /** The permits of one more process. */
  async function join({ leaseMs = LEASE_MS, logger }: { leaseMs?: number; logger?: Logger } = {}) {
    const { internals } = await fleets.connect(logger);
    // That the subscription has begun counts as an announcement.
    await new Promise<void>((resolve) => internals.signals.listen((kind) => kind === 'gap' && resolve()));
    const permits = new RedisPermits(internals, leaseMs);
    fleets.onCleanUp(() => permits.close());
    return { permits, ...internals };
  }

  /** @throws where there is no room. */
  async function granted(permits: RedisPermits, parts: LaneParts, limits: LaneLimits): Promise<Permit> {
    const permit = await permits.take(parts, limits);
    if (permit === undefined) throw new Error('no room');
    return permit;
  }

  it('holds for a registry whatever the relay and the other side, and again once one is given back', async () => {
    const [{ permits: one }, { permits: two }] = [await join(), await join()];
    const limits = { source: 2 };
    const first = await granted(one, lane('a.test'), limits);
    await granted(two, lane('a.test', 'other.test', 'skopeo'), limits);
    expect(await two.take(lane('a.test'), limits)).toBeUndefined();
    await granted(two, lane('b.test'), limits);
    const announced = two.announced(lane('a.test'), soon());
    first.release();
    first.release();
    await announced;
    await granted(two, lane('a.test'), limits);
    expect(await one.take(lane('a.test'), limits)).toBeUndefined();
  });

  it('grants both sides or neither', async () => {
    const { permits, client, keys } = await join();
    const limits = { source: 1, target: 1 };
    const held = await granted(permits, lane('a.test', 'x.test'), limits);
    expect(await permits.take(lane('b.test', 'x.test'), limits)).toBeUndefined();
    expect(await permits.take(lane('a.test', 'y.test'), limits)).toBeUndefined();
    expect(await client.zcard(`${keys.root}permits:source/b.test`)).toBe(0);
    expect(await client.zcard(`${keys.root}permits:target/y.test`)).toBe(0);
    // A registry that is read is another pool than the same one that is written.
    await granted(permits, lane('x.test', 'a.test'), limits);
    held.release();
    await granted(permits, lane('b.test', 'x.test'), limits);
  });

  it('serves in the order in which they came, and nobody who came later before', async () => {
    const [{ permits: one }, { permits: two }, { permits: three }] = [
      await join(),
      await join(),
      await join(),
    ];
    const limits = { source: 1 };
    const held = await granted(one, lane('a.test'), limits);
    expect(await two.take(lane('a.test'), limits)).toBeUndefined();
    expect(await three.take(lane('a.test'), limits)).toBeUndefined();
    // Asks again, and keeps its place.
    expect(await two.take(lane('a.test'), limits)).toBeUndefined();
    const first = two.announced(lane('a.test'), soon());
    const second = three.announced(lane('a.test'), soon());
    held.release();
    await first;
    expect(await one.take(lane('a.test'), limits)).toBeUndefined();
    expect(await three.take(lane('a.test'), limits)).toBeUndefined();
    const next = await granted(two, lane('a.test'), limits);
    next.release();
    await second;
    await granted(three, lane('a.test'), limits);
  });

  it('serves urgent ones first, whatever others of their process and lane wait, and keeps room of either side for them', async () => {
    const [{ permits: one }, { permits: two }] = [await join(), await join()];
    const limits = { source: 1, target: 1 };
    const held = await granted(one, lane('a.test', 'full.test'), limits);
    expect(await two.take(lane('a.test', 'x.test'), limits)).toBeUndefined();
    expect(await one.take(lane('a.test', 'y.test'), limits)).toBeUndefined();
    expect(await one.take(lane('a.test', 'y.test'), limits, 'urgent')).toBeUndefined();
    expect(await two.take(lane('b.test', 'y.test'), limits)).toBeUndefined();
    const announced = one.announced(lane('a.test', 'y.test'), soon(), 'urgent');
    held.release();
    await announced;
    expect(await two.take(lane('a.test', 'x.test'), limits)).toBeUndefined();
    expect(await one.take(lane('a.test', 'y.test'), limits)).toBeUndefined();
    expect(await one.take(lane('a.test', 'y.test'), limits, 'urgent')).toBeDefined();
  });

  it('lets pass whom the registries let pass, though somebody waits before them for one of these and another', async () => {
    const { permits } = await join();
    const limits = { source: 2, target: 1 };
    await granted(permits, lane('a.test', 'full.test'), limits);
    expect(await permits.take(lane('a.test', 'full.test'), limits)).toBeUndefined();
    await granted(permits, lane('a.test', 'free.test'), limits);
    expect(await permits.take(lane('a.test', 'more.test'), limits)).toBeUndefined();
  });

  it('gives the next place to one that has waited for long, whichever side it waits for', async () => {
    const [{ permits, client, keys }, { permits: other }] = [await join(), await join()];
    const limits = { source: 2, target: 1 };
    await granted(permits, lane('a.test', 'full.test'), limits);
    expect(await other.take(lane('a.test', 'full.test'), limits)).toBeUndefined();
    const [waiter = ''] = await client.zrange(keys.permitLine, 0, -1);
    await client.zincrby(keys.permitLine, -31_000, waiter);
    expect(await permits.take(lane('a.test', 'free.test'), limits)).toBeUndefined();
  });

  it('forgets a process that is dead, its place in the line and what it held, and leaves no key', async () => {
    const { permits: dead } = await join({ leaseMs: SHORT_MS });
    const { permits, client, keys } = await join({ leaseMs: SHORT_MS });
    const limits = { source: 1 };
    await granted(dead, lane('a.test'), limits);
    expect(await dead.take(lane('a.test'), limits)).toBeUndefined();
    expect(await permits.take(lane('a.test'), limits)).toBeUndefined();
    const announced = permits.announced(lane('a.test'), soon());
    await dead.close();
    await announced;
    const held = await granted(permits, lane('a.test'), limits);
    held.release();
    await permits.close();
    await eventually(async () => (await client.keys(`${keys.root}permit*`)).length === 0, {
      deadlineMs: 10_000,
    });
  });

  it('tells the next in the line when one leaves it', async () => {
    const [{ permits: holder }, { permits: first }, { permits: second }] = [
      await join(),
      await join(),
      await join(),
    ];
    const limits = { source: 1 };
    const held = await granted(holder, lane('a.test'), limits);
    for (const { take } of [first, second].map((permits) => ({ take: permits.take.bind(permits) })))
      expect(await take(lane('a.test'), limits)).toBeUndefined();
    held.release();
    expect(await second.take(lane('a.test'), limits)).toBeUndefined();
    const announced = second.announced(lane('a.test'), soon());
    first.leave(lane('a.test'));
    await announced;
    await granted(second, lane('a.test'), limits);
  });

  it('has its permits again after Redis was emptied, where nobody else has them', async () => {
    const [{ permits, client }, { permits: other }] = [
      await join({ leaseMs: SHORT_MS }),
      await join({ leaseMs: SHORT_MS }),
    ];
    const limits = { source: 1 };
    const held = await granted(permits, lane('a.test'), limits);
    await client.flushall();
    await eventually(async () => (await other.take(lane('b.test'), limits)) !== undefined);
    await eventually(async () => (await client.keys('*source/a.test')).length === 1);
    expect(await other.take(lane('a.test'), limits)).toBeUndefined();
    expect(held.lost.aborted).toBe(false);
  });

  it('loses a permit that others have got meanwhile, and keeps those with room', async () => {
    const [{ permits, client }, { permits: other }] = [await join({ leaseMs: SHORT_MS }), await join()];
    const limits = { source: 1 };
    const [lost, kept] = [
      await granted(permits, lane('a.test'), limits),
      await granted(permits, lane('b.test'), limits),
    ];
    const ended = new Promise((resolve) => lost.lost.addEventListener('abort', resolve));
    await client.flushall();
    const taken = await granted(other, lane('a.test'), limits);
    await ended;
    lost.release();
    expect(await permits.take(lane('a.test'), limits)).toBeUndefined();
    expect(kept.lost.aborted).toBe(false);
    expect(taken.lost.aborted).toBe(false);
  });

  it('works on past whatever others wrote into its keys, and tells of what it replaces', async () => {
    const { logger, lines } = keepingLogger();
    const { permits, client, keys } = await join({ logger });
    const limits = { source: 1, target: 1 };
    const pool = `${keys.root}permits:source/a.test`;
    const waiter = (id: string): string => `${keys.root}permit-waiter:${id}`;
    const many = Array.from({ length: 30_000 }, (_, at) => [at, `evil${at}`]).flat();
    await client.zadd(pool, ...many, '+inf', 'ever', '-inf', 'never', 9e15, 'late');
    await client.zadd(keys.permitLine, ...many.slice(0, 4_000), '-inf', 'x', '+inf', 'y', 1, 'list');
    await client.set(waiter('x'), `9e99 source/a.test ${'9'.repeat(400)} target/target.test -1`);
    await client.set(waiter('evil0'), `99999999999999 source/a.test 5 target/target.test 5`);
    await client.set(waiter('evil1'), 'x'.repeat(1_000_000));
    await client.rpush(waiter('list'), 'x');
    const held = await granted(permits, lane('a.test'), limits);
    expect(await permits.take(lane('a.test'), limits)).toBeUndefined();
    const announced = permits.announced(lane('a.test'), soon());
    held.release();
    await announced;
    expect(lines).toEqual([]);

    await client.del(pool, keys.permitLine);
    await client.set(pool, 'x');
    await client.hset(keys.permitLine, 'x', 'y');
    await granted(permits, lane('a.test'), limits);
    expect(await permits.take(lane('a.test'), limits)).toBeUndefined();
    expect(lines.filter((line) => line.includes('permit'))).toHaveLength(2);
    expect(await client.ttl(pool)).toBeGreaterThan(0);
  });

  it('hears of signals that are none of its own, and of none', async () => {
    const { permits, signals } = await join();
    const limits = { source: 1 };
    await granted(permits, lane('a.test'), limits);
    expect(await permits.take(lane('a.test'), limits)).toBeUndefined();
    for (const id of ['', '/', 'x/y', '__proto__']) await signals.send('permit', id);
    const waiting = new AbortController();
    const announced = permits.announced(lane('a.test'), waiting.signal);
    const reason = new Error('no longer');
    waiting.abort(reason);
    await expect(announced).rejects.toBe(reason);
  });
});
