import { eventually, startRedis, startTcpProxy, type TestRedis } from '@regfleet/harness';
import type { Logger } from '@regfleet/model';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { connectFleet } from '../fleet.ts';
import { COPIED, halfDone, keepingLogger, laneOf, openRun, orders, useFleets } from '../queue.fixture.ts';
import { redisTarget } from './address.ts';
import { SteadyRedis } from './steady-redis.ts';

const ignore = () => undefined;
const IGNORE = {
  onTrouble: ignore,
  onRefusal: ignore,
  isRefusing: () => false,
  onCarriedOut: ignore,
  onUnwantedPassword: ignore,
  onEviction: ignore,
};
const parts: { stop(): Promise<unknown> }[] = [];

const keep = <Part extends { stop(): Promise<unknown> }>(part: Part): Part => {
  parts.unshift(part);
  return part;
};

afterEach(async () => {
  vi.restoreAllMocks();
  for (const part of parts.splice(0)) await part.stop();
});

// No port that anybody listens on.
const NOBODY = '127.0.0.1:1';

async function fleetBehind(host: string, logger: Logger) {
  const options = { url: `redis://${host}`, prefix: 'steady', logger, deadlineMs: 5_000 };
  const fleet = await connectFleet(options);
  keep({ stop: () => fleet.close() });
  return fleet;
}

describe('queue/redis/steady-redis', () => {
  const fleets = useFleets();

  it('goes on with the new primary when the old one becomes a replica under open connections', async () => {
    const [first, second] = [keep(await startRedis()), keep(await startRedis())];
    await second.follow(first);
    const proxy = keep(await startTcpProxy(first.host));
    const { logger, lines } = keepingLogger();
    const fleet = await fleetBehind(proxy.host, logger);
    const { attempts, copy, quiet, goOn } = halfDone();
    fleets.copies({
      fleet,
      concurrency: 3,
      lockDurationMs: 30_000,
      copy,
    });
    const runId = await openRun(fleet);
    await fleet.runs.enqueueAll(runId, orders(20));
    await quiet(fleet, runId, 3);
    await second.catchUp(first);

    await second.call('REPLICAOF', 'NO', 'ONE');
    await first.follow(second);
    proxy.lead(second.host);
    goOn();
    await fleet.runs.enqueueAll(runId, orders(30));
    await fleet.runs.finishExpansion(runId, []);

    const { counts } = await fleet.runs.wait(runId);
    expect(counts).toMatchObject({ enqueued: 30, failed: 0 });
    expect(counts.copied + counts.unchanged).toBe(30);
    expect(new Set(attempts)).toEqual(new Set([1]));
    await eventually(() => fleet.isAnswering);
    expect(lines.filter((line) => line.startsWith('commands wait'))).toEqual([
      expect.stringContaining('READONLY'),
    ]);
  });

  it.each([
    ['NOREPLICAS', ['min-replicas-to-write', '1', '0']],
    ['OOM', ['maxmemory', '1', '0']],
  ] as const)(
    'spends no attempt on an expansion or a copy that meets %s',
    async (code, [name, bad, good]) => {
      const redis = keep(await startRedis());
      const fleet = await fleetBehind(redis.host, keepingLogger().logger);
      const attempts: number[] = [];
      const [begun, over] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      fleets.copies({
        fleet,
        lockDurationMs: 30_000,
        copy: async ({ attempt }) => {
          attempts.push(attempt);
          begun.resolve();
          await over.promise;
          return COPIED;
        },
      });
      fleets.runs({
        fleet,
        lockDurationMs: 30_000,
        expand: async ({ runId, task, trigger }, { attempt }) => {
          attempts.push(attempt);
          await fleet.runs.claim({ runId, task, trigger });
          await fleet.runs.enqueueAll(runId, orders(5));
          await begun.promise;
          await redis.call('CONFIG', 'SET', name, bad);
          over.resolve();
          const enqueuing = fleet.runs.enqueueAll(runId, orders(20));
          await eventually(() => fleet.trouble?.message.includes(code));
          expect(fleet.isAnswering).toBe(false);
          await redis.call('CONFIG', 'SET', name, good);
          await enqueuing;
          await fleet.runs.finishExpansion(runId, []);
        },
      });
      const { counts, outcome } = await fleet.runs.wait(await fleet.schedules.fire('a task', 'operator'));
      expect({ outcome, ...counts }).toMatchObject({ outcome: 'succeeded', enqueued: 20, failed: 0 });
      expect(new Set(attempts)).toEqual(new Set([1]));
    },
  );

  it('says that Redis is busy, and carries out afterwards what was asked of it meanwhile', async () => {
    const redis = keep(await startRedis({ settings: { 'lua-time-limit': '50' } }));
    const { logger, lines } = keepingLogger();
    const fleet = await fleetBehind(redis.host, logger);
    const script = redis.call('EVAL', 'while true do end', '0');
    await eventually(() => fleet.trouble?.message.includes('BUSY'));
    expect(fleet.isAnswering).toBe(false);
    const setting = fleet.cache.set('key', 'value', 60_000);
    await redis.call('SCRIPT', 'KILL');
    await setting;
    expect(await fleet.cache.get('key', 5)).toBe('value');
    await eventually(() => fleet.isAnswering);
    await script;
    expect(lines.filter((line) => line.startsWith('commands wait'))).toHaveLength(1);
  });

  it('says which right its user lacks, goes on with the rest, and asks about once a second until the user has it', async () => {
    const redis = keep(await startRedis());
    await redis.call('ACL', 'SETUSER', 'user', 'on', '>hunter2-hunter2', '~*', '&*', '+@all', '-zpopmin');
    const { logger, lines } = keepingLogger();
    const fleet = await fleetBehind(`user:hunter2-hunter2@${redis.host}`, logger);
    const attempts: number[] = [];
    fleets.runs({
      fleet,
      expand: async ({ runId, task, trigger }, { attempt }) => {
        attempts.push(attempt);
        await fleet.runs.claim({ runId, task, trigger });
        await fleet.runs.finishExpansion(runId, []);
      },
    });
    const startedAtMs = performance.now();
    const runId = await fleet.schedules.fire('a task', 'operator');
    const refused = /cmdstat_evalsha:.*failed_calls=([3-9]|\d\d)/;
    await eventually(async () => refused.test(await redis.call('INFO', 'commandstats')));
    expect(performance.now() - startedAtMs).toBeGreaterThan(1_500);
    expect(fleet).toMatchObject({ isAnswering: true, trouble: { code: 'REDIS_UNSUITABLE' } });
    await redis.call('ACL', 'SETUSER', 'user', '+zpopmin');
    expect(await fleet.runs.wait(runId)).toMatchObject({ outcome: 'succeeded' });
    expect(attempts).toEqual([1]);
    await eventually(() => fleet.trouble === undefined);
    expect(lines).toEqual([
      expect.stringMatching(
        /^redis refuses what is asked of it: .*(?:executing the script can't|ACL failure in script)/,
      ),
    ]);
  });

  it('says that Redis takes no further connection, and goes on by the first one, which works', async () => {
    const redis = keep(await startRedis());
    const { logger, lines } = keepingLogger();
    const fleet = await fleetBehind(redis.host, logger);
    const { client } = fleet.internals;
    await client.config('SET', 'maxclients', '1');
    fleets.copies({ fleet });
    await eventually(() => fleet.trouble?.hint?.includes('see maxclients'));
    expect(fleet.isAnswering).toBe(true);
    const runId = await openRun(fleet);
    await fleet.runs.enqueueAll(runId, orders(1));
    await fleet.runs.finishExpansion(runId, []);
    await client.config('SET', 'maxclients', '100');
    expect((await fleet.runs.wait(runId)).counts).toMatchObject({ copied: 1 });
    await eventually(() => fleet.trouble === undefined);
    // A machine that is busy may hear the reason late or never.
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(line).toMatch(/^redis refuses what is asked of it: .*see maxclients/);
  });

  it('says that further connections are cut without a word, though the first one works', async () => {
    const redis = keep(await startRedis());
    const proxy = keep(await startTcpProxy(redis.host));
    const { logger, lines } = keepingLogger();
    const fleet = await fleetBehind(proxy.host, logger);
    proxy.lead(NOBODY);
    fleets.copies({ fleet });
    await eventually(() => fleet.trouble?.message.includes('takes no further connection'));
    expect(fleet.isAnswering).toBe(true);
    const runId = await openRun(fleet);
    await fleet.runs.enqueueAll(runId, orders(1));
    await fleet.runs.finishExpansion(runId, []);
    proxy.lead(redis.host);
    expect((await fleet.runs.wait(runId)).counts).toMatchObject({ copied: 1 });
    expect(lines).toEqual([expect.stringMatching(/it closes each connection at once.*see maxclients/)]);
  });

  it('stops a consumer that could not begin, since further connections are cut', async () => {
    const redis = keep(await startRedis());
    const proxy = keep(await startTcpProxy(redis.host));
    const fleet = await fleetBehind(proxy.host, keepingLogger().logger);
    proxy.lead(NOBODY);
    const consumer = fleets.runs({ fleet, expand: () => Promise.resolve() });
    await eventually(() => fleet.trouble !== undefined);
    await consumer.drain();
  });

  it('spends no attempt on a copy that meets a missing right', async () => {
    const redis = keep(await startRedis());
    const fleet = await fleetBehind(redis.host, keepingLogger().logger);
    const attempts: number[] = [];
    const asked = Promise.withResolvers<void>();
    fleets.copies({
      fleet,
      // It asks for nothing but what the one copy needs.
      concurrency: 1,
      lockDurationMs: 30_000,
      stalledIntervalMs: 30_000,
      copy: async ({ attempt }) => {
        attempts.push(attempt);
        await asked.promise;
        // It can neither be counted nor handed back, until it may be handed back.
        if (attempts.length === 1) await redis.call('ACL', 'SETUSER', 'default', '-evalsha', '-eval');
        return COPIED;
      },
    });
    const runId = await openRun(fleet);
    await fleet.runs.enqueueAll(runId, orders(1));
    await fleet.runs.finishExpansion(runId, []);
    asked.resolve();
    const refused = /cmdstat_eval:.*rejected_calls=[1-9]/;
    await eventually(async () => refused.test(await redis.call('INFO', 'commandstats')));
    await redis.call('ACL', 'SETUSER', 'default', '+evalsha', '+eval');
    const waiting = fleet.internals.queues.get(laneOf());
    await eventually(async () => (await waiting.getDelayed())[0]?.promote().then(() => true));
    expect((await fleet.runs.wait(runId)).counts).toMatchObject({ copied: 1, failed: 0 });
    expect(attempts).toEqual([1, 1]);
  });

  it('tells of a connection that comes and goes once, and of none where only the process was stopped', async () => {
    const redis = keep(await startRedis());
    const proxy = keep(await startTcpProxy(redis.host));
    const { logger, lines } = keepingLogger();
    const fleet = await fleetBehind(proxy.host, logger);
    const { client } = fleet.internals;
    const nowMs = performance.now.bind(performance);
    vi.spyOn(performance, 'now').mockImplementation(() => nowMs() + 60_000);
    const answeredAtMs = fleet.answeredAtMs;
    await eventually(() => fleet.answeredAtMs > answeredAtMs);
    expect(lines).toEqual([]);
    for (let time = 0; time < 3; time++) {
      proxy.lead('127.0.0.1:1');
      client.stream.destroy();
      await eventually(() => fleet.trouble !== undefined);
      expect(fleet.isAnswering).toBe(false);
      proxy.lead(redis.host);
      await eventually(() => fleet.isAnswering);
    }
    expect(lines).toEqual([expect.stringMatching(/^commands wait for redis .*ends each connection/)]);
  });

  it('lets commands wait, and none fail, while it is not let in after a reconnect', async () => {
    const redis = keep(await startRedis());
    const { logger } = keepingLogger();
    const fleet = await fleetBehind(redis.host, logger);
    await redis.call('CONFIG', 'SET', 'requirepass', 'hunter2-hunter2');
    await withPassword(redis, 'CLIENT', 'KILL', 'TYPE', 'normal');
    await eventually(() => fleet.trouble?.message.includes('NOAUTH'));
    const setting = fleet.cache.set('key', 'value', 60_000);
    await withPassword(redis, 'CONFIG', 'SET', 'requirepass', '');
    await setting;
    expect(await fleet.cache.get('key', 5)).toBe('value');
  });

  it('loses no command that was sent before the connection was ready', async () => {
    const redis = keep(await startRedis());
    const proxy = keep(await startTcpProxy(redis.host));
    proxy.freeze();
    const client = new SteadyRedis({ target: redisTarget(`redis://${proxy.host}`) }, IGNORE);
    keep({ stop: async () => client.disconnect() });
    await eventually(() => client.status === 'connect');
    const published = client.publish('channel', 'message');
    proxy.thaw();
    client.stream.destroy();
    expect(await published).toBe(0);
  });

  it('subscribes again when commands have gone to another server', async () => {
    const redis = keep(await startRedis());
    const fleet = await fleetBehind(redis.host, keepingLogger().logger);
    const { client, signals } = fleet.internals;
    const heard: string[] = [];
    signals.listen((kind) => heard.push(kind));
    await eventually(() => heard.length === 1);
    if (client instanceof SteadyRedis) client.stream.destroy();
    await eventually(() => heard.length > 1);
    expect(heard.slice(0, 2)).toEqual(['gap', 'gap']);
  });

  it('prints nothing past the log of what the libraries have to say about a Redis', async () => {
    const printed = [vi.spyOn(console, 'warn'), vi.spyOn(console, 'error')];
    const redis = keep(await startRedis());
    const { logger, lines } = keepingLogger();
    const fleet = await fleetBehind(`:hunter2-hunter2@${redis.host}`, logger);
    await redis.call('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    const consumer = fleets.runs({ fleet, expand: () => Promise.resolve() });
    await eventually(() => lines.length > 1);
    await redis.kill();
    await eventually(() => lines.length > 2);
    await consumer.drain();
    await fleet.close();
    expect(printed.flatMap(({ mock }) => mock.calls)).toEqual([]);
    expect(lines.map((line) => line.split(' {')[0])).toEqual([
      'a password is configured, and Redis wants none: whoever reaches it can write there',
      'Redis may drop jobs by its maxmemory-policy: set it to noeviction again',
      'commands wait for redis',
    ]);
  });
});

const withPassword = (redis: TestRedis, ...command: string[]): Promise<string> =>
  redis.call('-a', 'hunter2-hunter2', '--no-auth-warning', ...command);
