import type { NewHold } from '@regfleet/fleet';
import { eventually } from '@regfleet/harness';
import type { Logger } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { keepingLogger, useFleets } from '../queue.fixture.ts';

const scope = { kind: 'registry', registry: 'hub.test' } as const;
const hold: NewHold = { scope, cause: 'operator', reason: 'they move house' };
const lane = { relay: 'direct', source: 'hub.test', target: 'mirror.test' } as const;

describe('queue/holds', () => {
  const fleets = useFleets();

  /** One more process that keeps up with the holds. */
  async function join(logger?: Logger) {
    const fleet = await fleets.connect(logger);
    const { holds } = fleet;
    await holds.lifted({ ...lane, source: 'nobody.test' }, AbortSignal.timeout(10_000));
    return { holds, ...fleet.internals };
  }

  it('tells every process of what one has placed and lifted', async () => {
    const [{ holds: one }, { holds: two }] = [await join(), await join()];
    await one.place(hold);
    await eventually(() => two.isHeld(lane));
    expect(await one.lift(scope, 'operator')).toBe(true);
    await two.lifted(lane, AbortSignal.timeout(10_000));
    expect(two.current).toEqual([]);
  });

  it('has its holds again after Redis was emptied, with their times, and none that was lifted', async () => {
    const [{ holds: one, client, keys }, { holds: two }] = [await join(), await join()];
    await one.place({ ...hold, forMs: 3_600_000 });
    await one.place({ ...hold, cause: 'outage', forMs: 3_600_000 });
    await eventually(() => two.current.length === 2);
    const before = await one.list();
    await one.lift(scope, 'outage');
    await client.flushall();
    await eventually(async () => (await client.hlen(keys.holds)) === 2, { deadlineMs: 10_000 });
    const [again] = await two.list();
    expect(again).toMatchObject({ scope, cause: 'operator', reason: hold.reason });
    const first = before.find(({ cause }) => cause === 'operator');
    expect(Math.abs((again?.sinceMs ?? 0) - (first?.sinceMs ?? 0))).toBeLessThan(1_000);
    expect(Math.abs((again?.untilMs ?? 0) - (first?.untilMs ?? 0))).toBeLessThan(1_000);
    expect(one.isHeld(lane)).toBe(true);
  });

  it('takes a hold that begins in the time to come for one that has begun', async () => {
    const { holds, client, keys } = await join();
    await client.hset(keys.holds, 'operator registry hub.test', '{"reason":"","sinceMs":8e15}');
    const [found] = await holds.list();
    expect(found?.sinceMs).toBeLessThan(Date.now() + 1_000);
  });

  it('leaves nothing in Redis of what has ended by itself', async () => {
    const { holds, client, keys } = await join();
    const endedMs = Date.now() - 120_000;
    await client.hset(keys.holds, 'operator task t', `{"sinceMs":1,"untilMs":${endedMs},"reason":""}`);
    await holds.place({ ...hold, reason: 'quoted: {"sinceMs":1,"untilMs":2}' });
    expect(await holds.list()).toMatchObject([{ scope }]);
    expect(await client.hexists(keys.holds, 'operator task t')).toBe(0);
    expect(await client.hlen(keys.holds)).toBe(2);
  });

  it('reads past whatever others wrote there, and tells of it', async () => {
    const { logger, lines } = keepingLogger();
    const { holds, client, keys } = await join(logger);
    await holds.place(hold);
    await client.hset(keys.holds, {
      'operator everything': 'x',
      'operator task ': '{}',
      'operator registry x.test': '{"reason":"","sinceMs":1e99}',
      'nobody everything': '{"reason":"","sinceMs":1}',
      __proto__: '{"reason":"","sinceMs":1}',
      'outage everything': '{"reason":"","sinceMs":1,"untilMs":8e15}',
      'login task t': '{"reason":"","sinceMs":1,"untilMs":8e15}',
      'outage registry hub.test': '{"reason":"","sinceMs":1}',
      'outage task t': JSON.stringify({ reason: 'x'.repeat(1_000_000), sinceMs: 1 }),
    });
    const many = Array.from({ length: 5_000 }, (_, at) => [`operator task t${at}`, 'x']).flat();
    expect((await holds.list()).map(({ reason }) => reason)).toEqual([hold.reason]);
    await client.hset(keys.holds, ...many);
    await holds.list();
    expect(lines.filter((line) => line.includes('holds')).length).toBeGreaterThan(0);
    await client.del(keys.holds);
    await client.set(keys.holds, 'x');
    expect(await holds.lift({ kind: 'everything' }, 'operator')).toBe(false);
    await client.set(keys.holds, 'x');
    await eventually(async () => (await holds.list()).length === 1, { deadlineMs: 10_000 });
    expect(holds.isHeld(lane)).toBe(true);
  });
});
