import {
  countingProxy,
  digestOf,
  eventually,
  fillRegistry,
  type Regfleet,
  type RunningService,
  startRedis,
  startTcpProxy,
  type TcpProxy,
  type TestRedis,
} from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { arrived } from './counts.ts';
import { type Run, Site } from './site.ts';

const TAGS = Array.from({ length: 20 }, (_, number) => `v${number}`);
const BUSY_MS = 15_000;
const LOCK_S = 5;
const FULL_MS = 2_000 * LOCK_S;

interface Incident {
  /** What clients are led through. */
  readonly proxy: TcpProxy;
  readonly redis: TestRedis;
  readonly replica: TestRedis;
  /** Resolves when both services say that they are not ready. */
  readonly noticed: () => Promise<unknown>;
}

/** Each goes on until both services have noticed it. */
const INCIDENTS: readonly (readonly [string, (incident: Incident) => Promise<void>])[] = [
  [
    'an in-sync replica takes over under open connections',
    async ({ redis, replica, proxy, noticed }) => {
      await replica.call('REPLICAOF', 'NO', 'ONE');
      await redis.follow(replica);
      await noticed();
      proxy.lead(replica.host);
    },
  ],
  [
    `Redis is at its maxmemory for ${FULL_MS / 1000} s, longer than a lock lasts`,
    async ({ redis, noticed }) => {
      await redis.call('CONFIG', 'SET', 'maxmemory', '1');
      await noticed();
      await passed(FULL_MS);
      await redis.call('CONFIG', 'SET', 'maxmemory', '0');
    },
  ],
  [
    'every connection to Redis falls silent without being closed',
    async ({ proxy, noticed }) => {
      proxy.freeze();
      await noticed();
      proxy.thaw();
    },
  ],
  [
    `Redis is busy for ${BUSY_MS / 1000} s`,
    async ({ redis, noticed }) => {
      const script = redis.call('EVAL', 'while true do end', '0');
      await Promise.all([noticed(), passed(BUSY_MS)]);
      await redis.call('SCRIPT', 'KILL');
      await script;
    },
  ],
];

describe('system/redis-trouble', () => {
  // Nearly all of their time is waiting, for Redis and for each other's deadlines.
  it.concurrent.each(INCIDENTS)(
    'copies everything without a restart or an attempt when %s',
    async (_, happen) => {
      await using site = await Site.start({ redis: { settings: { 'busy-reply-threshold': '200' } } });
      await fillRegistry(site.source, [{ repository: 'app', tags: TAGS }]);
      const source = site.keep(await countingProxy(site.source));
      const replica = site.keep(await startRedis());
      await replica.follow(site.redis);
      const proxy = site.keep(await startTcpProxy(site.redis.host));
      const regfleet = await site.command(config(proxy, source.host, site.target.host));
      const services = [
        await site.serve(regfleet, 'scheduler'),
        await site.serve(regfleet, 'worker', ['--concurrency', '3', '--lock', String(LOCK_S)]),
      ];
      await Promise.all(services.map((service) => ready(service, true)));
      const held = source.inject({ kind: 'blob', method: 'GET', held: true });
      await regfleet.json(['enqueue', 'app']);
      await eventually(() => held.hits > 0, { what: 'copies to be in flight' });

      const noticed = async (): Promise<void> => {
        await Promise.all(services.map((service) => ready(service, false)));
        // Copies end while Redis cannot be told.
        held.release();
      };
      await happen({ proxy, redis: site.redis, replica, noticed });

      await arrived(site.target, 'app', TAGS.length);
      const { outcome, counts } = await ended(regfleet);
      expect(outcome).toBe('succeeded');
      expect(counts).toMatchObject({ enqueued: TAGS.length, failed: 0 });
      for (const tag of TAGS)
        expect(await digestOf(site.target, 'app', tag)).toBe(await digestOf(site.source, 'app', tag));
      await Promise.all(services.map((service) => ready(service, true)));
      await expectNoAttemptSpent(services);
    },
  );
});

const config = (proxy: TcpProxy, source: string, target: string): Record<string, unknown> => ({
  redis: { url: `redis://${proxy.host}` },
  relay: 'direct',
  tasks: [
    {
      name: 'app',
      schedule: '0 0 1 1 *',
      source: { registry: source, 'skip-tls-verify': true },
      target: { registry: target, 'skip-tls-verify': true },
      mappings: [{ from: 'app' }],
    },
  ],
});

/** Nothing tells of it but time. */
function passed(ms: number): Promise<unknown> {
  const startedAtMs = performance.now();
  return eventually(() => performance.now() - startedAtMs >= ms, { deadlineMs: 2 * ms });
}

const ready = (service: RunningService, wanted: boolean): Promise<unknown> =>
  eventually(async () => (await fetch(`${service.url}/readyz`)).ok === wanted, {
    deadlineMs: 60_000,
    what: `${service.url} to be ${wanted ? 'ready' : 'not ready'}`,
  });

const ended = (regfleet: Regfleet): Promise<Run> =>
  eventually(
    async () => {
      const { tasks } = (await regfleet.json(['status'])) as { tasks: readonly { lastRun?: Run }[] };
      const run = tasks[0]?.lastRun;
      return run?.outcome === undefined ? undefined : run;
    },
    { deadlineMs: 90_000, what: 'the run to end' },
  );

/** The metrics are of the whole life of both processes: a restart would have lost what they count. */
async function expectNoAttemptSpent(services: readonly RunningService[]): Promise<void> {
  for (const { process, url } of services) {
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).not.toMatch(/^regfleet_(?:copy_errors|retries)_total\{/m);
    expect(metrics).toMatch(/^regfleet_redis_answered_timestamp_seconds [1-9]/m);
    const lines = process.stdout().split('\n');
    const told = lines.filter((line) => line.includes('"commands wait for redis"'));
    expect(told.length).toBeGreaterThan(0);
    // A line per cause: each of the attempts to connect would be dozens.
    expect(told.length).toBeLessThan(10);
    expect(lines.filter((line) => /"attempt":(?!1\b)\d/.test(line))).toEqual([]);
  }
}
