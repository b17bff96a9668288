import { fileURLToPath } from 'node:url';
import type { CopyConsumer } from '@regfleet/fleet';
import { eventually, startProcess } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import type { RedisFleet } from '../fleet.ts';
import { COPIED, failure, laneOf, openRun, order, orders, takeAWhile, useFleets } from '../queue.fixture.ts';

const STOPPED_WORKER = fileURLToPath(new URL('../stopped-worker.fixture.ts', import.meta.url));
const SOURCE = 'source.test:5000';
const limitsOf = () => ({ source: 1 });

/** A copy that ends when it is told to, and how many have begun. */
function heldCopies() {
  const held = { begun: 0, end: (): void => undefined };
  const ended = new Promise<void>((resolve) => {
    held.end = resolve;
  });
  return {
    held,
    copy: async () => {
      held.begun += 1;
      await ended;
      return COPIED;
    },
  };
}

const untilAborted = (signal: AbortSignal): Promise<unknown> =>
  new Promise((resolve) => signal.addEventListener('abort', resolve));

describe('queue/lanes/lane-room', () => {
  const fleets = useFleets();

  async function queue(fleet: RedisFleet, ...[count, options]: Parameters<typeof orders>): Promise<string> {
    const runId = await openRun(fleet, options?.registry);
    await fleet.runs.enqueueAll(runId, orders(count, options));
    await fleet.runs.finishExpansion(runId, []);
    return runId;
  }

  const activeOf = async (fleet: RedisFleet): Promise<number> =>
    (await fleet.lanes.status()).reduce((sum, { active }) => sum + active, 0);

  it('keeps the limits of a source over its relays and targets, and of a target over its sources', async () => {
    const [one, two] = [await fleets.connect(), await fleets.connect()];
    const now = new Map<string, number>();
    let most = 0;
    const consumer = (fleet: RedisFleet): CopyConsumer =>
      fleets.copies({
        fleet,
        relays: ['direct', 'skopeo'],
        limitsOf: ({ source, target }) => ({
          ...(source === 'busy.test' && { source: 2 }),
          ...(target === 'small.test' && { target: 2 }),
        }),
        copy: async ({ request }) => {
          const pools = [`from ${request.source.registry}`, `to ${request.target.registry}`];
          const limited = pools.filter((pool) => ['from busy.test', 'to small.test'].includes(pool));
          for (const pool of limited) {
            now.set(pool, (now.get(pool) ?? 0) + 1);
            most = Math.max(most, now.get(pool) ?? 0);
          }
          await takeAWhile(fleet);
          for (const pool of limited) now.set(pool, (now.get(pool) ?? 0) - 1);
          return COPIED;
        },
      });
    consumer(one);
    consumer(two);
    const runId = await openRun(one);
    const bySkopeo = order('one', { registry: 'busy.test' });
    await one.runs.enqueueAll(runId, [
      ...orders(12, { registry: 'busy.test', target: 'x.test' }),
      ...orders(12, { registry: 'busy.test', target: 'small.test' }),
      ...orders(12, { registry: 'idle.test', target: 'small.test', repository: 'other' }),
      ...Array.from({ length: 12 }, (_, at) => ({
        ...bySkopeo,
        request: {
          ...bySkopeo.request,
          relay: 'skopeo' as const,
          target: { ...bySkopeo.request.target, tag: `s${at}` },
        },
      })),
    ]);
    await one.runs.finishExpansion(runId, []);
    expect((await one.runs.wait(runId)).counts).toMatchObject({ copied: 48, failed: 0 });
    expect(most).toBe(2);
  });

  it('has one job in hand besides those that run, and none after a while, until there is room', async () => {
    const [one, two] = [await fleets.connect(), await fleets.connect()];
    const { held, copy } = heldCopies();
    fleets.copies({ fleet: one, copy, limitsOf, lockDurationMs: 60_000, roomWaitMs: 60_000 });
    const runId = await queue(one, 20);
    await eventually(() => held.begun === 1);
    const attempts: number[] = [];
    fleets.copies({
      fleet: two,
      limitsOf,
      roomWaitMs: 50,
      lockDurationMs: 60_000,
      copy: ({ attempt }) => {
        attempts.push(attempt);
        return Promise.resolve(COPIED);
      },
    });
    const { client, keys } = one.internals;
    // Both have found no room by then.
    await eventually(async () => (await client.zcard(keys.permitLine)) === 2);
    // That of the first, and the one that it has in hand.
    await eventually(async () => (await activeOf(one)) === 2);
    const calls = async (): Promise<number> =>
      Number(/cmdstat_evalsha:calls=(\d+)/.exec(await client.info('commandstats'))?.[1]);
    const before = await calls();
    await eventually(async () => (await calls()) > before + 2, { deadlineMs: 10_000 });
    expect(await activeOf(one)).toBe(2);
    held.end();
    const run = await one.runs.wait(runId);
    expect(run.counts).toMatchObject({ copied: 20, failed: 0 });
    expect(new Set(attempts)).toEqual(new Set([1]));
  });

  it('keeps no registry waiting for another that has no room, in a process with one slot', async () => {
    const [one, two] = [await fleets.connect(), await fleets.connect()];
    const { held, copy } = heldCopies();
    fleets.copies({ fleet: one, copy, limitsOf, servesLane: ({ source }) => source === SOURCE });
    const kept = await queue(one, 3);
    await eventually(() => held.begun === 1);
    fleets.copies({ fleet: two, limitsOf, concurrency: 1 });
    const free = await queue(one, 3, { registry: 'free.test', repository: 'free' });
    expect((await one.runs.wait(free)).counts.copied).toBe(3);
    held.end();
    expect((await one.runs.wait(kept)).counts.copied).toBe(3);
  });

  it.each([
    ['one of them waits for room', 60_000],
    ['none of them waits for it any more', 200],
  ])(
    'has an operator be next at a registry without room, in the lane of others, when %s',
    async (_, roomWaitMs) => {
      const fleet = await fleets.connect();
      const [begun, ends] = [[] as string[], [] as (() => void)[]];
      fleets.copies({
        fleet,
        limitsOf,
        roomWaitMs,
        copy: ({ request }) => {
          begun.push(request.source.tag ?? '');
          return new Promise((resolve) => ends.push(() => resolve(COPIED)));
        },
      });
      await queue(fleet, 3);
      const inHand = roomWaitMs > 1_000 ? 2 : 1;
      await eventually(async () => begun.length === 1 && (await activeOf(fleet)) === inHand);
      const asked = await fleet.copyOnce(order('urgent'));
      await eventually(async () => (await fleet.lanes.status())[0]?.urgentIsNext);
      expect((await fleet.lanes.status())[0]?.urgent).toBeLessThanOrEqual(1);
      ends[0]?.();
      await eventually(() => begun.length === 2);
      expect(begun[1]).toBe('urgent');
      ends[1]?.();
      expect(await fleet.runs.wait(asked)).toMatchObject({ outcome: 'succeeded' });
      for (const number of [2, 3]) {
        await eventually(() => begun.length > number);
        ends[number]?.();
      }
    },
  );

  it('has an operator be next who asks for what waits in the run of another', async () => {
    const fleet = await fleets.connect();
    const long = await queue(fleet, 20);
    const asked = await fleet.copyOnce(order('v15'));
    const begun: string[] = [];
    fleets.copies({
      fleet,
      concurrency: 1,
      copy: async ({ request }) => {
        begun.push(request.source.tag ?? '');
        return COPIED;
      },
    });
    expect((await fleet.runs.wait(asked)).counts).toMatchObject({ skipped: 1, failed: 0 });
    expect((await fleet.runs.wait(long)).counts.copied).toBe(20);
    expect(begun[0]).toBe('v15');
  });

  it('takes what its config says by then, once it is told that this has changed', async () => {
    const fleet = await fleets.connect();
    const { held, copy } = heldCopies();
    const limits = { source: 1 };
    const consumer = fleets.copies({ fleet, copy, limitsOf: () => limits });
    const runId = await queue(fleet, 3);
    await eventually(async () => held.begun === 1 && (await activeOf(fleet)) === 2);
    limits.source = 3;
    consumer.look();
    await eventually(() => held.begun >= 2);
    held.end();
    expect((await fleet.runs.wait(runId)).counts.copied).toBe(3);
  });

  it('ends a copy whose permit has gone to another, and does it again without an attempt', async () => {
    const [one, two] = [await fleets.connect(), await fleets.connect()];
    const aborted: unknown[] = [];
    const attempts: number[] = [];
    fleets.copies({
      fleet: one,
      limitsOf,
      lockDurationMs: 3_000,
      copy: async ({ attempt }, context) => {
        attempts.push(attempt);
        if (attempts.length > 1) return COPIED;
        await untilAborted(context.signal);
        aborted.push(context.aborted);
        throw context.signal.reason;
      },
    });
    const runId = await queue(one, 1, { attempts: 1 });
    await eventually(() => attempts.length === 1);
    // As when Redis was emptied and another worker was the first to ask: all other keys stay, so that only this is tried.
    const { client, keys } = two.internals;
    const pool = `${keys.root}permits:source/${SOURCE}`;
    await client.del(pool);
    await client.zadd(pool, Date.now() + 2_000, 'another');
    await eventually(() => aborted.length === 1, { deadlineMs: 10_000 });
    expect(aborted).toEqual(['permit-lost']);
    expect((await one.runs.wait(runId)).counts).toMatchObject({ copied: 1, failed: 0 });
    expect(attempts).toEqual([1, 1]);
  });

  it('takes no step in a copy for which another may have the permit, since its process was stopped', async () => {
    const fleet = await fleets.connect();
    const runId = await queue(fleet, 2);
    const { redis, prefix } = fleets;
    const stopped = await startProcess([process.execPath, STOPPED_WORKER, redis.url, prefix]);
    fleets.onCleanUp(() => stopped.stop());
    const lines = (): string[] => stopped.stdout().trim().split('\n');
    await stopped.waitForLine(/^step$/);
    stopped.kill('SIGSTOP');
    let copied = 0;
    const other = fleets.copies({
      fleet,
      limitsOf,
      copy: async (_, { signal }) => {
        copied += 1;
        await untilAborted(signal);
        throw signal.reason;
      },
    });
    await eventually(() => copied === 1, { deadlineMs: 20_000 });
    const before = lines().length;
    stopped.kill('SIGCONT');
    await eventually(() => lines().length > before);
    expect(lines()[before]).toBe('refused permit-lost');
    stopped.kill('SIGKILL');
    await other.drain();
    fleets.copies({ fleet, limitsOf });
    expect((await fleet.runs.wait(runId)).counts).toMatchObject({ copied: 2, failed: 0 });
  });

  it('pauses all lanes of a source that says wait, and cuts no longer pause short', async () => {
    const fleet = await fleets.connect();
    const { queues } = fleet.internals;
    const lanes = [laneOf(), laneOf({ target: 'other.test' }), laneOf().replace('direct', 'skopeo')];
    const [elsewhere, paused] = [laneOf({ registry: 'free.test' }), laneOf({ target: 'long.test' })];
    await fleet.lanes.announce(new Set([...lanes, elsewhere, paused]));
    await queues.get(paused).rateLimit(600_000);
    await queue(fleet, 1);
    fleets.copies({
      fleet,
      copy: () => Promise.reject(failure('RATE_LIMITED', { side: 'source', retryAfterMs: 60_000 })),
    });
    const waitOf = async (lane: string): Promise<number> =>
      (await fleet.lanes.status()).find((status) => status.lane === lane)?.rateLimitedMs ?? 0;
    for (const lane of lanes) await eventually(async () => (await waitOf(lane)) > 50_000);
    for (const lane of lanes) expect(await waitOf(lane)).toBeLessThanOrEqual(60_000);
    expect(await waitOf(paused)).toBeGreaterThan(500_000);
    expect(await waitOf(elsewhere)).toBe(0);
  });
});
