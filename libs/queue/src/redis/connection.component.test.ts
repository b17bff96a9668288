import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  eventually,
  freePort,
  type RedisOptions,
  type Resource,
  startHttpServer,
  startProcess,
  startRedis,
  startTcpProxy,
  type TestRedis,
  temporaryFolder,
} from '@regfleet/harness';
import { type Logger, silentLogger } from '@regfleet/model';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { connectFleet } from '../fleet.ts';

const DEADLINE_MS = 1_500;
const parts: Resource[] = [];

const keep = <Part extends Resource>(part: Part): Part => {
  parts.unshift(part);
  return part;
};

const redis = async (options?: RedisOptions): Promise<TestRedis> => keep(await startRedis(options));

afterEach(async () => {
  for (const part of parts.splice(0)) await part.stop();
});

interface Case {
  readonly what: string;
  /** The URL of it. */
  readonly start: () => Promise<string>;
  readonly code: 'REDIS_UNREACHABLE' | 'REDIS_UNSUITABLE';
  readonly message: RegExp;
  readonly hint: RegExp;
}

const REFUSED: readonly Case[] = [
  {
    what: 'a database that it does not have',
    start: async () => `${(await redis()).url}/99`,
    code: 'REDIS_UNSUITABLE',
    message: /refuses us: ERR DB index is out of range/,
    hint: /CONFIG GET databases/,
  },
  {
    what: 'a replica',
    start: async () => {
      const [primary, replica] = [await redis(), await redis()];
      await replica.follow(primary);
      return replica.url;
    },
    code: 'REDIS_UNREACHABLE',
    message: /did not answer within 1500 ms: READONLY/,
    hint: /lead to the primary/,
  },
  {
    what: 'a full one',
    start: async () => {
      const full = await redis();
      await full.call('CONFIG', 'SET', 'maxmemory', '1');
      return full.url;
    },
    code: 'REDIS_UNREACHABLE',
    message: /did not answer within 1500 ms: OOM /,
    hint: /maxmemory/,
  },
  {
    what: 'one that wants a password, given none',
    start: async () => (await redis({ settings: { requirepass: 'hunter2-hunter2' } })).url,
    code: 'REDIS_UNSUITABLE',
    message: /refuses us: NOAUTH/,
    hint: /password/,
  },
  {
    what: 'one that wants another password',
    start: async () => {
      const { host } = await redis({ settings: { requirepass: 'hunter2-hunter2' } });
      return `redis://:other-hunter2@${host}`;
    },
    code: 'REDIS_UNSUITABLE',
    message: /refuses us: WRONGPASS/,
    hint: /password/,
  },
  {
    what: 'a user without rights',
    start: async () => {
      const strict = await redis();
      await strict.call('ACL', 'SETUSER', 'default', '-set');
      return strict.url;
    },
    code: 'REDIS_UNSUITABLE',
    message: /refuses us: NOPERM/,
    hint: /run all commands below the prefix/,
  },
  {
    what: 'a node of a cluster that keeps our keys elsewhere',
    start: async () => {
      const nodes = [await redis(CLUSTER), await redis(CLUSTER)] as const;
      await nodes[1].call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
      await nodes[0].call('CLUSTER', 'MEET', '127.0.0.1', String(nodes[1].port));
      await eventually(async () => (await nodes[0].call('GET', '{p}:key')).startsWith('MOVED'));
      return nodes[0].url;
    },
    code: 'REDIS_UNSUITABLE',
    message: /refuses us: MOVED/,
    hint: /no cluster/,
  },
  {
    what: 'a node of a cluster that has all keys',
    start: async () => {
      const node = await redis(CLUSTER);
      await node.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
      await eventually(async () => (await node.call('CLUSTER', 'INFO')).includes('cluster_state:ok'));
      return node.url;
    },
    code: 'REDIS_UNSUITABLE',
    message: /is a node of a cluster/,
    hint: /redis\+sentinel:/,
  },
  {
    what: 'a Sentinel',
    start: async () => {
      const [folder, port] = [keep(await temporaryFolder()), await freePort()];
      const file = join(folder.path, 'sentinel.conf');
      await writeFile(file, `port ${port}\nbind 127.0.0.1\n`);
      await keep(await startProcess(['redis-server', file, '--sentinel'])).waitForLine(/Sentinel ID/);
      return `redis://127.0.0.1:${port}`;
    },
    code: 'REDIS_UNSUITABLE',
    message: /refuses us: ERR unknown command/,
    hint: /Sentinel/,
  },
  {
    what: 'one that has as many clients as it may',
    start: async () => {
      const full = await redis({ settings: { maxclients: '1' } });
      const client = new Redis(full.url);
      const stop = async (): Promise<void> => client.disconnect();
      keep({ stop, [Symbol.asyncDispose]: stop });
      await client.ping();
      return full.url;
    },
    code: 'REDIS_UNREACHABLE',
    message:
      /did not answer within 1500 ms: (?:ERR max number of clients reached|it closes each connection at once)/,
    hint: /maxclients/,
  },
  {
    what: 'a web server',
    start: async () => (await httpServer({ tls: false })).replace('http:', 'redis:'),
    code: 'REDIS_UNSUITABLE',
    message: /does not speak as Redis does/,
    hint: /host and port/,
  },
  {
    what: 'a web server with TLS, without it',
    start: async () => (await httpServer({ tls: true })).replace('https:', 'redis:'),
    code: 'REDIS_UNSUITABLE',
    message: /it wants TLS/,
    hint: /rediss:/,
  },
  {
    what: 'a port on which nothing listens',
    start: async () => `redis://127.0.0.1:${await freePort()}`,
    code: 'REDIS_UNREACHABLE',
    message: /did not answer within 1500 ms: nothing listens there \(ECONNREFUSED\)/,
    hint: /redis.url, --redis or REGFLEET_REDIS_URL/,
  },
  {
    what: 'a socket that is not there',
    start: async () => 'unix:///nowhere/redis.sock',
    code: 'REDIS_UNREACHABLE',
    message: /did not answer within 1500 ms: there is no such socket \(ENOENT\)/,
    hint: /redis.url/,
  },
  {
    what: 'something that takes connections and is silent',
    start: async () => {
      const proxy = keep(await startTcpProxy((await redis()).host));
      proxy.freeze();
      return `redis://${proxy.host}`;
    },
    code: 'REDIS_UNREACHABLE',
    message: /did not answer within 1500 ms: nothing was heard/,
    hint: /firewall/,
  },
];

const CLUSTER: RedisOptions = { settings: { 'cluster-enabled': 'yes' } };

const httpServer = async (options: { tls: boolean }): Promise<string> =>
  keep(await startHttpServer((_request, response) => response.end(), options)).url;

describe('queue/redis/connection', () => {
  it.each(REFUSED)(
    'says what is wrong with $what, and what to do',
    async ({ start, code, message, hint }) => {
      const url = await start();
      const connecting = connectFleet({ url, prefix: 'p', logger: silentLogger, deadlineMs: DEADLINE_MS });
      const error = await connecting.then(
        (fleet) => fleet.close(),
        (refusal: unknown) => refusal,
      );
      expect(error).toMatchObject({
        code,
        message: expect.stringMatching(message),
        hint: expect.stringMatching(hint),
      });
      expect(String(error)).not.toContain('hunter2');
    },
  );

  it('tells a service that waits for a Redis which is silent', async () => {
    const proxy = keep(await startTcpProxy((await redis()).host));
    proxy.freeze();
    const told: object[] = [];
    const logger: Logger = { ...silentLogger, warn: (fields) => void told.push(fields) };
    const stop = new AbortController();
    const url = `redis://${proxy.host}`;
    const connecting = connectFleet({ url, prefix: 'p', logger, signal: stop.signal });
    await eventually(() => told.length > 0);
    expect(told).toMatchObject([
      { error: { code: 'REDIS_UNREACHABLE', hint: expect.stringMatching(/firewall/) } },
    ]);
    stop.abort(new Error('enough'));
    await expect(connecting).rejects.toThrow('enough');
  });

  it('uses no other database when the one of its URL is gone after a reconnect', async () => {
    const [first, second] = [await redis(), await redis({ settings: { databases: '2' } })];
    const proxy = keep(await startTcpProxy(first.host));
    const url = `redis://${proxy.host}/3`;
    const fleet = await connectFleet({ url, prefix: 'p', logger: silentLogger, deadlineMs: 5_000 });
    keep({ stop: () => fleet.close(), [Symbol.asyncDispose]: () => fleet.close() });
    proxy.lead(second.host);
    await first.call('CLIENT', 'KILL', 'TYPE', 'normal');
    await eventually(() => fleet.trouble?.message.includes('DB index is out of range'));
    const setting = fleet.cache.set('key', 'value', 60_000);
    await eventually(async () =>
      /^cmdstat_select:.*failed_calls=[2-9]/m.test(await second.call('INFO', 'commandstats')),
    );
    expect(await second.call('DBSIZE')).toBe('0\n');
    proxy.lead(first.host);
    await setting;
    expect(await fleet.cache.get('key', 5)).toBe('value');
  });
});
