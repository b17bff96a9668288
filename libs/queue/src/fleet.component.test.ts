import { newRunId, type WorkerStatus } from '@regfleet/fleet';
import { eventually, startRedis } from '@regfleet/harness';
import { silentLogger } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { connectFleet } from './fleet.ts';
import { COPIED, digest, laneOf, openRun, order, orders, useFleets } from './queue.fixture.ts';

const LOST = { code: 'JOB_LOST' };

describe('queue/fleet', () => {
  const fleets = useFleets();

  it('names the address and the deadline when Redis does not answer, never the password', async () => {
    const url = 'redis://user:hunter2@127.0.0.1:1/3';
    const connecting = connectFleet({ url, prefix: 'p', logger: silentLogger, deadlineMs: 200 });
    const error = await connecting.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'REDIS_UNREACHABLE', kind: 'retryable' });
    expect(String(error)).toContain('redis://127.0.0.1:1/3 did not answer within 200 ms');
    expect(JSON.stringify(error) + String(error)).not.toContain('hunter2');
  });

  it('refuses a Redis that may evict keys', async () => {
    const redis = await startRedis({ policy: 'allkeys-lru' });
    fleets.onCleanUp(() => redis.stop());
    const connecting = connectFleet({ url: redis.url, prefix: 'p', logger: silentLogger, deadlineMs: 5_000 });
    await expect(connecting).rejects.toMatchObject({
      code: 'REDIS_UNSUITABLE',
      hint: expect.stringContaining('noeviction'),
    });
  });

  it('refuses a Redis whose user may not run INFO', async () => {
    const redis = await startRedis();
    fleets.onCleanUp(() => redis.stop());
    await redisCall(redis.url, 'ACL', 'SETUSER', 'u', 'on', '>hunter2-hunter2', '~*', '&*', '+@all', '-info');
    const url = redis.url.replace('redis://', 'redis://u:hunter2-hunter2@');
    const connecting = connectFleet({ url, prefix: 'p', logger: silentLogger, deadlineMs: 5_000 });
    await expect(connecting).rejects.toMatchObject({
      code: 'REDIS_UNSUITABLE',
      message: expect.stringContaining('the command INFO'),
      hint: expect.stringContaining('+info'),
    });
  });

  it('refuses keys of another layout, and changes nothing of them', async () => {
    const connectionOf = () =>
      connectFleet({ url: fleets.redis.url, prefix: fleets.prefix, logger: silentLogger, deadlineMs: 5_000 });
    const layout = `{${fleets.prefix}}:layout`;
    await redisCall(fleets.redis.url, 'SET', layout, '999');
    await expect(connectionOf()).rejects.toMatchObject({
      code: 'REDIS_UNSUITABLE',
      message: `what Redis keeps below {${fleets.prefix}}: has layout 999, and this release reads layout 2`,
      hint: expect.stringContaining(`remove all keys that begin with {${fleets.prefix}}:`),
    });
    expect(await redisCall(fleets.redis.url, 'KEYS', `{${fleets.prefix}}:*`)).toEqual([layout]);
  });

  it.each(['lanes', 'tasks', 'all-runs'])(
    'takes %s without a number for keys of the first layout',
    async (name) => {
      const key = `{${fleets.prefix}}:${name}`;
      await redisCall(fleets.redis.url, 'ZADD', key, '1', 'x');
      await expect(fleets.connect()).rejects.toMatchObject({
        code: 'REDIS_UNSUITABLE',
        message: expect.stringContaining('has layout 1, and this release reads layout 2'),
      });
      expect(await redisCall(fleets.redis.url, 'KEYS', `{${fleets.prefix}}:*`)).toEqual([key]);
    },
  );

  it('says how its keys are laid out before it writes any, where there is no leader', async () => {
    const fleet = await fleets.connect();
    const { client, keys } = fleet.internals;
    for (const write of [
      () => fleet.runs.claim({ runId: 'r', task: 't', trigger: 'operator' }),
      () => fleet.lanes.pause(laneOf()),
      () => fleet.schedules.reconcile([{ task: 't', fingerprint: 'f', everyMs: 3_600_000 }]),
    ]) {
      await client.flushall();
      await write();
      expect(await client.get(keys.layout)).toBe('2');
      await (await fleets.connect()).close();
    }
  });

  it('says how its keys are laid out, also after Redis has lost it', async () => {
    const fleet = await fleets.connect();
    const { client, keys } = fleet.internals;
    const leadership = fleet.leadership({ id: 'a', ttlMs: 5_000 });
    await eventually(async () => (await client.get(keys.layout)) === '2');
    await leadership.close();
    await client.del(keys.layout);
    await fleet.sweep();
    expect(await client.get(keys.layout)).toBe('2');
    await (await fleets.connect()).close();
  });

  it('refuses a URL that is none of Redis, without repeating it', async () => {
    const connecting = connectFleet({ url: 'https://:hunter2@host', prefix: 'p', logger: silentLogger });
    const error = await connecting.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'REDIS_UNSUITABLE' });
    expect(String(error)).not.toContain('hunter2');
  });

  it('says that Redis answers until it is closed', async () => {
    const fleet = await fleets.connect();
    expect(fleet).toMatchObject({ isAnswering: true, trouble: undefined });
    expect(fleet.answeredAtMs).toBeGreaterThan(0);
    await fleet.close();
    expect(fleet.isAnswering).toBe(false);
  });

  it('keeps sync records compactly and reads many at once', async () => {
    const { records } = await fleets.connect();
    const same = {
      sourceDigest: digest('a'),
      targetDigest: digest('a'),
      syncedAtMs: 1_700_000_000_000,
      relay: 'direct',
    } as const;
    const other = { ...same, targetDigest: digest('b'), relay: 'docker' } as const;
    const key = { target: 'target.test/mirror/image:v1', platform: '' };
    await records.set(key, same);
    await records.set({ ...key, platform: 'linux/arm64' }, other);
    expect(await records.get({ ...key, platform: 'linux/arm64' })).toEqual(other);
    expect(await records.get({ ...key, target: 'unknown' })).toBeUndefined();
    expect(await records.get(key)).toEqual(same);
  });

  it('lists processes until they leave or fall silent', async () => {
    const { processes } = await fleets.connect();
    const status = {
      host: 'h',
      pid: 1,
      role: 'worker',
      startedAtMs: 1,
      seenAtMs: 2,
      relays: ['direct'],
      concurrency: 4,
      active: 0,
    } as const;
    await processes.beat({ ...status, id: 'a' });
    await processes.beat({ ...status, id: 'b' });
    await processes.beat({ ...status, id: 'silent' }, 1);
    await expect.poll(async () => (await processes.list()).map(({ id }) => id)).toEqual(['a', 'b']);
    await processes.leave('a');
    expect(await processes.list()).toEqual([{ ...status, id: 'b' }]);
  });

  it('tells of a leader as long as the lease lasts, also when it was killed', async () => {
    const { processes, internals } = await fleets.connect();
    const { client, keys } = internals;
    const status = { host: 'h', pid: 1, role: 'scheduler', startedAtMs: 1, seenAtMs: 2, relays: [] } as const;
    for (const id of ['a', 'b'])
      await processes.beat({ ...status, id, concurrency: 4, active: 0, leads: id === 'a' });
    const leads = async () => (await processes.list()).map((process) => process.leads);
    await client.set(keys.leader, 'a', 'PX', 60_000);
    expect(await leads()).toEqual([true, false]);
    await client.set(keys.leader, 'b', 'PX', 60_000);
    expect(await leads()).toEqual([false, false]);
    await client.del(keys.leader);
    expect(await leads()).toEqual([false, false]);
  });

  it('tells what a process that lives holds of memory, and what it may', async () => {
    const { processes } = await fleets.connect();
    const report = { id: 'worker', role: 'worker', relays: [], concurrency: 4, active: 0 } as const;
    const heartbeat = await processes.announce(() => report);
    const [told] = await processes.list();
    const { heapBytes = 0, rssBytes, heapLimitBytes } = told?.memory ?? {};
    expect(heapBytes).toBeGreaterThan(0);
    expect(rssBytes).toBeGreaterThan(heapBytes);
    expect(heapLimitBytes).toBeGreaterThan(heapBytes);
    await heartbeat.stop();
  });

  it('misses a process that fell silent without signing off, until another begins in its place', async () => {
    const { processes } = await fleets.connect();
    const status = (id: string, host: string, startedAtMs: number): WorkerStatus => ({
      id,
      host,
      pid: 1,
      role: 'worker',
      startedAtMs,
      seenAtMs: 1_000,
      relays: ['direct'],
      concurrency: 4,
      active: 0,
    });
    await processes.beat(status('left', 'one', 1));
    await processes.leave('left');
    for (const host of ['one', 'two']) await processes.beat(status(`silent on ${host}`, host, 1), 1);
    await processes.beat(status('beside', 'two', 500));
    const missing = async () => (await processes.missing()).map(({ id }) => id);
    await expect.poll(missing).toEqual(['silent on one', 'silent on two']);
    await processes.beat(status('next', 'two', 2_000));
    expect(await missing()).toEqual(['silent on one']);
    await processes.beat(status('silent on one', 'one', 1));
    expect(await missing()).toEqual([]);
  });

  it('forgets processes that died though nobody lists them', async () => {
    const fleet = await fleets.connect();
    const { client, keys } = fleet.internals;
    await client.sadd(keys.processes, 'died', 'lives');
    await client.set(keys.process('lives'), '{}');
    await fleet.sweep();
    expect(await client.smembers(keys.processes)).toEqual(['lives']);
  });

  it('caches values until they expire', async () => {
    const { cache } = await fleets.connect();
    await cache.set('key', 'value', 60_000);
    await cache.set('short', 'value', 1);
    expect(await cache.get('key', 5)).toBe('value');
    expect(await cache.get('key', 4)).toBeUndefined();
    await expect.poll(() => cache.get('short', 5)).toBeUndefined();
  });

  it('settles a run whose expansion and whose job are gone, and a job that ended uncounted', async () => {
    const fleet = await fleets.connect();
    const runId = await openRun(fleet);
    await fleet.runs.enqueueAll(runId, orders(3));
    await fleet.runs.finishExpansion(runId, []);
    const { redis } = fleets;
    expect(await fleet.sweep()).toEqual({ settledJobs: 0, settledRuns: 0, mendedTimes: 0, removedJobs: 0 });
    const [lost] = await redisKeys(redis.url, `{${fleets.prefix}}:copy.*:${runId}.*`);
    await redisCall(redis.url, 'DEL', lost ?? '');
    expect(await fleet.sweep()).toEqual({ settledJobs: 1, settledRuns: 0, mendedTimes: 0, removedJobs: 0 });
    expect(await fleet.runs.get(runId)).toMatchObject({
      counts: { enqueued: 3, failed: 1 },
      errors: [{ code: 'JOB_LOST' }],
    });

    const abandoned = await openRun(fleet, 'abandoned');
    const runKey = `{${fleets.prefix}}:run:${abandoned}`;
    expect((await fleet.sweep()).settledRuns).toBe(0);
    await redisCall(redis.url, 'HSET', runKey, 'startedAtMs', '1');
    expect((await fleet.sweep()).settledRuns).toBe(1);
    expect(await fleet.runs.get(abandoned)).toMatchObject({
      outcome: 'failed',
      errors: [{ code: 'JOB_LOST' }],
    });
  });

  it('ends runs whose copies are in no state any more, so that the next run has them', async () => {
    const fleet = await fleets.connect();
    const begin = async (task: string): Promise<string> => {
      const runId = await openRun(fleet, task);
      await fleet.runs.enqueueAll(runId, orders(2));
      await fleet.runs.finishExpansion(runId, []);
      return runId;
    };
    const asked = [await begin('first'), await begin('second')];
    const lane = laneOf();
    await redisCall(fleets.redis.url, 'DEL', `{${fleets.prefix}}:${lane}:prioritized`);
    expect(await fleet.sweep()).toMatchObject({ settledJobs: 4 });
    for (const runId of asked)
      expect(await fleet.runs.get(runId)).toMatchObject({ outcome: 'failed', errors: [LOST, LOST] });
    fleets.copies({ fleet });
    const run = await fleet.runs.wait(await begin('third'));
    expect(run).toMatchObject({ outcome: 'succeeded', counts: { copied: 2 } });
  });

  it('ends a run that waits for a copy of another one that is in no state any more', async () => {
    const fleet = await fleets.connect();
    const [ended, waiting] = [await openRun(fleet, 'ended'), await openRun(fleet, 'waiting')];
    for (const runId of [ended, waiting]) await fleet.runs.enqueueAll(runId, orders(1));
    await fleet.runs.finishExpansion(waiting, []);
    const lane = laneOf();
    await redisCall(fleets.redis.url, 'DEL', `{${fleets.prefix}}:${lane}:prioritized`);
    await redisCall(fleets.redis.url, 'DEL', `{${fleets.prefix}}:run:${ended}`);
    await expect.poll(() => fleet.sweep()).toMatchObject({ settledJobs: 1 });
    expect(await fleet.runs.get(waiting)).toMatchObject({ outcome: 'failed', errors: [LOST] });
  });

  it.each([
    ['jobs were forgotten', (runId: string) => `run-jobs:${runId}`, 3],
    ['expansion died and whose list of runs was forgotten', () => 'active-runs', 0],
  ])('ends a run whose %s, so that its task runs again', async (_, forgotten, failed) => {
    const fleet = await fleets.connect();
    const runId = await openRun(fleet);
    if (failed > 0) {
      await fleet.runs.enqueueAll(runId, orders(failed));
      await fleet.runs.finishExpansion(runId, []);
    }
    const key = (name: string): string => `{${fleets.prefix}}:${name}`;
    await redisCall(fleets.redis.url, 'HSET', key(`run:${runId}`), 'startedAtMs', '1');
    await redisCall(fleets.redis.url, 'DEL', key(forgotten(runId)));
    await fleet.sweep();
    expect(await fleet.runs.get(runId)).toMatchObject({
      outcome: 'failed',
      counts: { enqueued: failed, failed },
      errors: [{ code: 'JOB_LOST' }],
    });
    expect(await fleet.runs.claim({ runId: 'next', task: 'a task', trigger: 'schedule' })).toBe('started');
  });

  it('holds 10,000 copies in less than 16 MB of Redis, before and after they ran', async () => {
    const redis = await startRedis();
    fleets.onCleanUp(() => redis.stop());
    const fleet = await connectFleet({
      url: redis.url,
      prefix: 'regfleet',
      logger: silentLogger,
      deadlineMs: 5_000,
    });
    fleets.onCleanUp(() => fleet.close());
    const runId = newRunId(Date.now());
    await fleet.runs.claim({ runId, task: 'official images', trigger: 'schedule' });
    const many = Array.from({ length: 10_000 }, (_, index) => {
      const { request, ...policy } = order(`3.12.${index}-slim-bookworm`, {
        registry: 'docker.io',
        target: '123456789012.dkr.ecr.eu-central-1.amazonaws.com',
      });
      return {
        ...policy,
        backoffMs: 15_000,
        maxBackoffMs: 600_000,
        request: { ...request, task: 'official images' },
      };
    });
    expect(await fleet.runs.enqueueAll(runId, many)).toEqual({ enqueued: 10_000, skipped: 0 });
    await fleet.runs.finishExpansion(runId, []);
    expect(await usedMemory(redis.url)).toBeLessThan(16_000_000);
    fleets.copies({ fleet, concurrency: 50, copy: () => Promise.resolve(COPIED) });
    expect((await fleet.runs.wait(runId)).counts).toMatchObject({ enqueued: 10_000, copied: 10_000 });
    expect(await usedMemory(redis.url)).toBeLessThan(5_000_000);
  });
});

async function redisCall(url: string, command: string, ...args: string[]): Promise<unknown> {
  const { Redis } = await import('ioredis');
  const client = new Redis(url);
  try {
    return await client.call(command, ...args);
  } finally {
    client.disconnect();
  }
}

async function redisKeys(url: string, pattern: string): Promise<string[]> {
  const keys = await redisCall(url, 'KEYS', pattern.replaceAll('{', '\\{').replaceAll('}', '\\}'));
  return Array.isArray(keys) ? keys.map(String).sort() : [];
}

async function usedMemory(url: string): Promise<number> {
  const info = String(await redisCall(url, 'INFO', 'memory'));
  return Number(/^used_memory:(\d+)/m.exec(info)?.[1]);
}
