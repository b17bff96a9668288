import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  eventually,
  freePort,
  type Resource,
  startRedis,
  startSentinel,
  type TestRedis,
  type TestSentinel,
  temporaryFolder,
} from '@regfleet/harness';
import type { RedisAccess } from '@regfleet/model';
import { afterEach, describe, expect, it } from 'vitest';
import { connectFleet, type RedisFleet } from '../fleet.ts';
import { halfDone, keepingLogger, openRun, orders, useFleets } from '../queue.fixture.ts';

const NAME = 'main';
const parts: Resource[] = [];

const keep = <Part extends Resource>(part: Part): Part => {
  parts.unshift(part);
  return part;
};

afterEach(async () => {
  for (const part of parts.splice(0)) await part.stop();
});

interface Site {
  readonly primary: TestRedis;
  readonly replica: TestRedis;
  readonly sentinel: TestSentinel;
  readonly url: string;
}

async function site(): Promise<Site> {
  const [primary, replica] = [keep(await startRedis()), keep(await startRedis())];
  await replica.follow(primary);
  const sentinel = keep(await startSentinel({ name: NAME, primary }));
  await sentinel.knowsReplicas(NAME, 1);
  // The first is never there.
  return { primary, replica, sentinel, url: `redis+sentinel://127.0.0.1:1,${sentinel.host}/${NAME}` };
}

interface ConnectOptions {
  readonly url: string;
  readonly access?: RedisAccess;
  readonly deadlineMs?: number;
}

async function fleetAt({ deadlineMs = 20_000, ...where }: ConnectOptions) {
  const { logger, lines } = keepingLogger();
  const fleet = await connectFleet({ ...where, prefix: 'p', logger, deadlineMs });
  keep({ stop: () => fleet.close(), [Symbol.asyncDispose]: () => fleet.close() });
  return { fleet, lines };
}

/** The connections that lead to it, and what each of them did last. */
const clientsOf = (redis: TestRedis): Promise<string> => redis.call('CLIENT', 'LIST', 'TYPE', 'NORMAL');

describe('queue/redis/sentinels', () => {
  const fleets = useFleets();

  /** A run of 30 copies, of which some are done and some under way when `failOver` is called. */
  async function runOver(fleet: RedisFleet, { primary, replica }: Site, failOver: () => Promise<unknown>) {
    const { attempts, copy, quiet, goOn } = halfDone();
    const heard: string[] = [];
    const { signals } = fleet.internals;
    signals.listen((_kind, id) => heard.push(id));
    fleets.copies({
      fleet,
      concurrency: 3,
      lockDurationMs: 60_000,
      copy,
    });
    const runId = await openRun(fleet);
    await fleet.runs.enqueueAll(runId, orders(20));
    await quiet(fleet, runId, 3);
    await replica.catchUp(primary);
    await failOver();
    goOn();
    await fleet.runs.enqueueAll(runId, orders(30));
    await fleet.runs.finishExpansion(runId, []);
    const { counts } = await fleet.runs.wait(runId);
    expect(counts).toMatchObject({ enqueued: 30, failed: 0 });
    expect(counts.copied + counts.unchanged).toBe(30);
    expect(new Set(attempts)).toEqual(new Set([1]));
    await eventually(async () => {
      await signals.send('lane', 'after the fail-over');
      return heard.includes('after the fail-over');
    });
  }

  it('goes on at the new primary when the old one is killed in the middle of a run', async () => {
    const here = await site();
    const { fleet, lines } = await fleetAt(here);
    expect(fleet.address).toBe(here.url);
    await runOver(fleet, here, async () => {
      await here.primary.kill();
      await fleet.cache.set('key', 'value', 60_000);
      await here.sentinel.names(NAME, here.replica);
    });
    expect(await fleet.cache.get('key', 5)).toBe('value');
    expect(await here.replica.call('GET', '{p}:cache:key')).toBe('value\n');
    expect(lines.filter((line) => line.startsWith('commands wait')).length).toBeGreaterThan(0);
    await eventually(() => fleet.isAnswering);
  });

  it('goes on at the new primary after a fail-over that an operator asks for', async () => {
    const here = await site();
    const { fleet } = await fleetAt(here);
    await runOver(fleet, here, () => here.sentinel.failOver(NAME, here.replica));
  });

  it('leaves a primary that goes on, with all its connections, when another one is named in its place', async () => {
    const here = await site();
    const { fleet, lines } = await fleetAt(here);
    fleets.copies({ fleet });
    fleets.runs({ fleet, expand: () => Promise.resolve() });
    await eventually(async () => (await clientsOf(here.primary)).match(/cmd=bzpopmin/g)?.length === 1);
    await here.sentinel.call('SENTINEL', 'REMOVE', NAME);
    await here.replica.call('REPLICAOF', 'NO', 'ONE');
    await here.sentinel.call('SENTINEL', 'MONITOR', NAME, '127.0.0.1', String(here.replica.port), '1');
    await eventually(
      async () => !/cmd=(?!client|psync|replconf|role|info|ping)/.test(await clientsOf(here.primary)),
      {
        deadlineMs: 30_000,
      },
    );
    await eventually(async () => (await clientsOf(here.replica)).match(/cmd=bzpopmin/g)?.length === 1);
    await eventually(() => fleet.isAnswering);
    expect(lines.join('\n')).toMatch(/the Sentinels name another primary, 127\.0\.0\.1:\d+/);
  });

  it('shows each its own password: the Sentinels theirs, the Redis behind them that of the URL', async () => {
    const primary = keep(await startRedis({ settings: { requirepass: 'hunter2-redis' } }));
    const sentinel = keep(
      await startSentinel({
        name: NAME,
        primary,
        password: 'hunter2-sentinel',
        lines: [`sentinel auth-pass ${NAME} hunter2-redis`],
      }),
    );
    const sentinelPasswordFile = join(keep(await temporaryFolder()).path, 'password');
    await writeFile(sentinelPasswordFile, 'hunter2-sentinel\n', { mode: 0o600 });
    const url = `redis+sentinel://:hunter2-redis@${sentinel.host}/${NAME}`;
    const { fleet, lines } = await fleetAt({ url, access: { sentinelPasswordFile } });
    await fleet.cache.set('key', 'value', 60_000);
    expect(await fleet.cache.get('key', 5)).toBe('value');
    expect(fleet.address).toBe(`redis+sentinel://${sentinel.host}/${NAME}`);
    const refused = await fleetAt({ url }).catch(String);
    expect(refused).toMatch(/the Sentinel \S+ refuses us: NOAUTH/);
    expect([refused, ...lines].join('\n')).not.toContain('hunter2');
  });

  it('speaks TLS with the Sentinels and with the Redis behind them', async () => {
    const primary = keep(await startRedis({ tls: { wantsClients: true } }));
    const sentinel = keep(await startSentinel({ name: NAME, primary, tls: primary.tls }));
    const url = `rediss+sentinel://${sentinel.host}/${NAME}`;
    const { fleet } = await fleetAt({ url, access: primary.tls });
    await fleet.cache.set('key', 'value', 60_000);
    expect(await fleet.cache.get('key', 5)).toBe('value');
    const { ca } = primary.tls;
    await expect(fleetAt({ url, access: { ca } })).rejects.toThrow(
      /Sentinel \S+ .*it wants a client certificate/,
    );
    await expect(fleetAt({ url })).rejects.toThrow(/Sentinel \S+ .*its certificate is not trusted/);
  });

  it.each([
    [
      'a name that no Sentinel knows',
      async () => `redis+sentinel://${(await site()).sentinel.host}/other`,
      { code: 'REDIS_UNSUITABLE', message: expect.stringMatching(/watches no primary named other/) },
    ],
    [
      'a Redis that is no Sentinel',
      async () => `redis+sentinel://${keep(await startRedis()).host}/${NAME}`,
      { code: 'REDIS_UNSUITABLE', hint: expect.stringMatching(/this is no Sentinel/) },
    ],
    [
      'Sentinels that are not there',
      async () => `redis+sentinel://127.0.0.1:${await freePort()},127.0.0.1:1/${NAME}`,
      {
        code: 'REDIS_UNREACHABLE',
        message: expect.stringMatching(
          /the Sentinel \S+ cannot be reached: nothing .*; the Sentinel 127.0.0.1:1 /,
        ),
      },
    ],
  ])('says what is wrong with %s', async (_what, start, told) => {
    await expect(fleetAt({ url: await start(), deadlineMs: 3_000 })).rejects.toMatchObject(told);
  });
});
