import { mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  eventually,
  type RedisOptions,
  startRedis,
  startTcpProxy,
  type TcpProxy,
  type TestRedis,
} from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { connectFleet } from '../fleet.ts';
import { halfDone, keepingLogger, openRun, orders, useFleets } from '../queue.fixture.ts';

const COPIES = 12;
const SLOTS = 3;
const PASSWORD = 'hunter2-hunter2';
const OTHER_PASSWORD = 'hunter3-hunter3';
const CLUSTER: RedisOptions = { settings: { 'cluster-enabled': 'yes' } };

interface Incident {
  readonly redis: TestRedis;
  /** What the fleet is led through. */
  readonly proxy: TcpProxy;
  readonly onCleanUp: (cleanUp: () => Promise<unknown>) => void;
}

/** What Redis says to each command from when it is called. @returns what mends that. */
type Refusal = (incident: Incident) => Promise<() => Promise<unknown>>;

const REFUSALS: readonly (readonly [code: string, settings: Readonly<Record<string, string>>, Refusal])[] = [
  [
    'MISCONF',
    { save: '3600 1', dbfilename: 'dump' },
    async ({ redis }) => {
      // A folder in its place: root may write where others may not.
      const inPlace = join(redis.dir, 'dump');
      await mkdir(inPlace);
      await redis.call('BGSAVE');
      return async () => {
        await rmdir(inPlace);
        await redis.call('BGSAVE');
      };
    },
  ],
  [
    'LOADING',
    { 'key-load-delay': '100000', 'loading-process-events-interval-bytes': '1024' },
    async ({ redis }) => {
      await redis.call('SAVE');
      // It returns when all is loaded.
      const restarted = redis.restart();
      restarted.catch(() => undefined);
      return async () => {
        await redis.call('CONFIG', 'SET', 'key-load-delay', '0');
        await restarted;
      };
    },
  ],
  [
    'MOVED',
    {},
    async ({ redis, proxy, onCleanUp }) => {
      const [node, owner] = [await startRedis(CLUSTER), await startRedis(CLUSTER)];
      onCleanUp(() => Promise.all([node.stop(), owner.stop()]));
      await owner.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
      await node.call('CLUSTER', 'MEET', '127.0.0.1', String(owner.port));
      await eventually(async () => (await node.call('GET', '{p}:key')).startsWith('MOVED'));
      proxy.lead(node.host);
      await redis.call('CLIENT', 'KILL', 'TYPE', 'normal');
      return async () => proxy.lead(redis.host);
    },
  ],
  [
    'NOPERM',
    {},
    async ({ redis }) => {
      await redis.call('ACL', 'SETUSER', 'default', '-set', '-evalsha', '-eval');
      return () => redis.call('ACL', 'SETUSER', 'default', '+@all');
    },
  ],
  [
    'WRONGPASS',
    {},
    async ({ redis }) => {
      const ask = (...command: string[]) => redis.call('-a', OTHER_PASSWORD, '--no-auth-warning', ...command);
      await redis.call('-a', PASSWORD, '--no-auth-warning', 'CONFIG', 'SET', 'requirepass', OTHER_PASSWORD);
      await ask('CLIENT', 'KILL', 'TYPE', 'normal');
      return () => ask('CONFIG', 'SET', 'requirepass', PASSWORD);
    },
  ],
];

describe('queue/redis/refusals', () => {
  const fleets = useFleets();

  it.each(REFUSALS)(
    'fails no copy and spends no attempt when Redis answers %s in the middle of a run, and names it',
    async (code, settings, refuse) => {
      const redis = await startRedis({ settings });
      fleets.onCleanUp(() => redis.stop());
      const proxy = await startTcpProxy(redis.host);
      fleets.onCleanUp(() => proxy.stop());
      const { logger } = keepingLogger();
      const url = `redis://:${PASSWORD}@${proxy.host}`;
      if (code === 'WRONGPASS') await redis.call('CONFIG', 'SET', 'requirepass', PASSWORD);
      const fleet = await connectFleet({ url, prefix: 'refusals', logger, deadlineMs: 5_000 });
      fleets.onCleanUp(() => fleet.close());
      const { attempts, copy, quiet, goOn } = halfDone();
      fleets.copies({ fleet, concurrency: SLOTS, lockDurationMs: 30_000, copy });
      const runId = await openRun(fleet);
      await fleet.runs.enqueueAll(runId, orders(COPIES));
      await quiet(fleet, runId, SLOTS);

      const mend = await refuse({ redis, proxy, onCleanUp: fleets.onCleanUp });
      await eventually(() => fleet.trouble?.message.includes(code), { what: `${code} to be named` });
      // What ends now cannot be told.
      goOn();
      const begun = attempts.length;
      await mend();
      await eventually(() => fleet.isAnswering && fleet.trouble === undefined, { deadlineMs: 20_000 });
      await fleet.runs.finishExpansion(runId, []);
      const { counts, errors } = await fleet.runs.wait(runId);
      expect(errors).toEqual([]);
      expect(counts).toMatchObject({ enqueued: COPIES, failed: 0 });
      expect(counts.copied + counts.unchanged).toBe(COPIES);
      expect(new Set(attempts)).toEqual(new Set([1]));
      expect(begun).toBeLessThan(COPIES);
    },
  );
});
