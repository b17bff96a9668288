import { randomUUID } from 'node:crypto';
import { parseConfig, type SyncConfig } from '@regfleet/config';
import { type JobContext, RateLimitPauses } from '@regfleet/fleet';
import {
  type CountingProxy,
  countingProxy,
  eventually,
  fillRegistry,
  startRedis,
  startRegistry,
  type TestRedis,
  type TestRegistry,
} from '@regfleet/harness';
import { silentLogger } from '@regfleet/model';
import { connectFleet, type Fleet } from '@regfleet/queue';
import { createRegistries, type Registries } from '@regfleet/registry';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ExpandRunDeps, expandRun } from './expand-run.ts';
import { planLog } from './plan-listener.ts';

let redis: TestRedis;
let source: TestRegistry;
let target: TestRegistry;
let fleet: Fleet;
let registries: Registries;

beforeAll(async () => {
  [redis, source, target] = await Promise.all([startRedis(), startRegistry(), startRegistry()]);
  await fillRegistry(source, [
    { repository: 'app', tags: ['1', '2', '3'] },
    { repository: 'lib', tags: ['1'] },
  ]);
  registries = createRegistries({ logger: silentLogger, env: {} });
  fleet = await connectFleet({ url: redis.url, prefix: randomUUID(), logger: silentLogger });
});

afterAll(async () => {
  await fleet.close();
  await Promise.all([registries.close(), redis.stop(), source.stop(), target.stop()]);
});

function configOf(host: string, task: string, schedule: object = {}): SyncConfig {
  const place = { 'skip-tls-verify': true };
  const text = JSON.stringify({
    relay: 'direct',
    retries: { attempts: 2, backoff: '1ms', 'max-backoff': '1ms' },
    tasks: [
      {
        name: task,
        ...schedule,
        source: { registry: host, ...place },
        target: { registry: target.host, ...place },
        mappings: [
          { from: 'app', to: `${task}/app` },
          { from: 'lib', to: `${task}/lib` },
        ],
      },
    ],
  });
  const { config, issues } = parseConfig(text, { file: 'test.yaml', env: {} });
  if (config === undefined) throw new Error(JSON.stringify(issues));
  return config;
}

function contextOf(idle?: JobContext['idle']) {
  const facts = { attempt: 1, attempts: 2, ageMs: 0, handedBackMs: 0, backoffMs: 1, maxBackoffMs: 1 };
  return { signal: new AbortController().signal, facts, ...(idle !== undefined && { idle }) };
}

const depsOf = (config: () => SyncConfig): ExpandRunDeps => ({
  fleet,
  config,
  ports: () => ({
    client: (location) => registries.connect(location),
    lister: (location) => registries.lister(location, config().lister),
    records: fleet.records,
  }),
  logger: silentLogger,
  listener: planLog(silentLogger),
  pauses: new RateLimitPauses({ mostInRow: Number.POSITIVE_INFINITY, onPause: () => undefined }),
});

/** One expansion from the source as it is behind `proxy`. */
function expand(proxy: CountingProxy, task: string, idle?: JobContext['idle']) {
  const config = configOf(proxy.host, task);
  return expandWith(() => config, task, idle);
}

async function expandWith(config: () => SyncConfig, task: string, idle?: JobContext['idle']) {
  const paused: string[] = [];
  const pauses = new RateLimitPauses({
    mostInRow: Number.POSITIVE_INFINITY,
    onPause: (registry) => void paused.push(registry),
  });
  await expandRun({ runId: task, task, trigger: 'operator' }, contextOf(idle), { ...depsOf(config), pauses });
  return { run: await fleet.runs.get(task), paused };
}

describe('scheduler/expand-run', () => {
  let proxy: CountingProxy;
  beforeEach(async () => {
    proxy = await countingProxy(source);
    return () => proxy[Symbol.asyncDispose]();
  });

  it('leaves a missed firing out where its task says so, and no other', async () => {
    const firing = async (task: string, catchUp: string, isMissed: boolean) => {
      const config = configOf(proxy.host, task, { schedule: '0 3 * * *', 'catch-up': catchUp });
      await expandRun({ runId: task, task, trigger: 'schedule', dueAtMs: 1_000 }, contextOf(), {
        ...depsOf(() => config),
        isMissed: (dueAtMs) => Promise.resolve(isMissed && dueAtMs === 1_000),
      });
      return fleet.runs.get(task);
    };
    expect(await firing('none-missed', 'none', true)).toMatchObject({
      outcome: 'skipped',
      reason: 'it was due while no scheduler ran, and the task says catch-up: none',
    });
    expect(await firing('none-due', 'none', false)).toMatchObject({ counts: { selected: 4 } });
    expect(await firing('once-missed', 'once', true)).toMatchObject({ counts: { selected: 4 } });
  });

  it('repeats a listing that fails, and that alone', async () => {
    // As often as a client asks before it tells of a failure.
    proxy.inject({ kind: 'tags', status: 503, headers: { 'retry-after': '0' }, times: 3 });
    const { run } = await expand(proxy, 'failing');
    expect(run).toMatchObject({
      expanded: true,
      counts: { listed: 4, selected: 4, enqueued: 4 },
      errors: [],
    });
    expect(proxy.requests.count({ kind: 'tags' })).toBe(5);
  });

  it('goes on with what can be listed when the tries of a listing are spent', async () => {
    proxy.inject({ kind: 'tags', status: 503, headers: { 'retry-after': '0' }, times: 6 });
    const { run } = await expand(proxy, 'broken');
    expect(run).toMatchObject({ expanded: true, errors: [{ code: 'SERVER_FAILED' }] });
    expect(run?.counts.enqueued).toBe(run?.counts.listed);
    expect(run?.counts.enqueued).toBeGreaterThan(0);
  });

  it('waits for a source that refuses listings, holding no place, spends no try and counts each image once', async () => {
    // A client asks twice before it tells of a refusal.
    proxy.inject({ kind: 'tags', status: 429, headers: { 'retry-after': '0' }, times: 12 });
    let waits = 0;
    const { run, paused } = await expand(proxy, 'refusing', (wait) => {
      waits += 1;
      return wait();
    });
    expect(run).toMatchObject({
      expanded: true,
      counts: { listed: 4, selected: 4, enqueued: 4 },
      errors: [],
    });
    expect(paused).toEqual(Array.from({ length: paused.length }, () => proxy.host));
    expect(paused.length).toBeGreaterThan(2);
    expect(waits).toBeGreaterThan(0);
  });

  describe('while an operator holds it back', () => {
    const cause = 'operator';

    it('is begun and asks nothing until its task is resumed, holding no place', async () => {
      const scope = { kind: 'task', task: 'held' } as const;
      await fleet.holds.place({ scope, cause, reason: '' });
      const waits = Promise.withResolvers<void>();
      const expanding = expand(proxy, 'held', (wait) => {
        waits.resolve();
        return wait();
      });
      await waits.promise;
      expect(await fleet.runs.claim({ runId: 'another', task: 'held', trigger: 'schedule' })).toEqual({
        skipped: 'the task was still running as held',
      });
      expect(proxy.requests.count({})).toBe(0);
      await fleet.holds.lift(scope, cause);
      expect((await expanding).run).toMatchObject({ expanded: true, counts: { enqueued: 4 }, errors: [] });
    });

    it('asks a registry nothing more from when that is held in mid-run, and goes on where it was', async () => {
      const scope = { kind: 'registry', registry: proxy.host } as const;
      const waits = Promise.withResolvers<void>();
      const listing = proxy.inject({ kind: 'tags', times: 1, held: true });
      const expanding = expand(proxy, 'mid-run', (wait) => {
        waits.resolve();
        return wait();
      });
      await eventually(() => listing.hits > 0);
      await fleet.holds.place({ scope, cause, reason: '' });
      listing.release();
      await waits.promise;
      const before = proxy.requests.count({});
      await fleet.holds.lift(scope, cause);
      const { run } = await expanding;
      expect(run).toMatchObject({ expanded: true, counts: { listed: 4, enqueued: 4 }, errors: [] });
      expect(proxy.requests.count({})).toBeGreaterThan(before);
      expect(proxy.requests.count({ kind: 'tags' })).toBe(2);
    });

    it('begins with the task as the config has it by then', async () => {
      const scope = { kind: 'everything' } as const;
      await fleet.holds.place({ scope, cause, reason: '' });
      const waits = Promise.withResolvers<void>();
      let config = configOf(proxy.host, 'changed');
      const expanding = expandWith(
        () => config,
        'changed',
        (wait) => {
          waits.resolve();
          return wait();
        },
      );
      await waits.promise;
      config = configOf(proxy.host, 'something else');
      const refused = expect(expanding).rejects.toThrow('the config has no such task');
      await fleet.holds.lift(scope, cause);
      await refused;
    });
  });
});
