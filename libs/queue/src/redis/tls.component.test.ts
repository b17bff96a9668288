import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  eventually,
  type RedisOptions,
  type Resource,
  startRedis,
  type TestRedis,
  temporaryFolder,
} from '@regfleet/harness';
import { type RedisAccess, silentLogger } from '@regfleet/model';
import { afterEach, describe, expect, it } from 'vitest';
import { connectFleet, type RedisFleet } from '../fleet.ts';
import { keepingLogger } from '../queue.fixture.ts';

const DEADLINE_MS = 10_000;
const parts: Resource[] = [];

const keep = <Part extends Resource>(part: Part): Part => {
  parts.unshift(part);
  return part;
};

const redis = async (options?: RedisOptions): Promise<TestRedis> => keep(await startRedis(options));

const connect = (url: string, access: RedisAccess, logger = silentLogger): Promise<RedisFleet> =>
  connectFleet({ url, access, prefix: 'p', logger, deadlineMs: DEADLINE_MS });

async function fleetWith(url: string, access: RedisAccess, logger = silentLogger): Promise<RedisFleet> {
  const fleet = await connect(url, access, logger);
  keep({ stop: () => fleet.close(), [Symbol.asyncDispose]: () => fleet.close() });
  return fleet;
}

afterEach(async () => {
  for (const part of parts.splice(0)) await part.stop();
});

interface Case {
  readonly what: string;
  readonly start: () => Promise<readonly [string, RedisAccess]>;
  readonly code: 'REDIS_UNREACHABLE' | 'REDIS_UNSUITABLE';
  readonly message: RegExp;
  readonly hint: RegExp;
}

const REFUSED: readonly Case[] = [
  {
    what: 'redis:// to a port with TLS',
    start: async () => [(await redis({ tls: {} })).url.replace('rediss:', 'redis:'), {}],
    code: 'REDIS_UNSUITABLE',
    message: /cannot be reached: it wants TLS/,
    hint: /rediss:/,
  },
  {
    what: 'redis:// to a port with TLS that wants client certificates',
    start: async () => [(await redis({ tls: { wantsClients: true } })).url.replace('rediss:', 'redis:'), {}],
    code: 'REDIS_UNSUITABLE',
    message: /cannot be reached: it wants TLS/,
    hint: /rediss:/,
  },
  {
    what: 'rediss:// to a port without TLS',
    start: async () => [(await redis()).url.replace('redis:', 'rediss:'), {}],
    code: 'REDIS_UNSUITABLE',
    message: /cannot be reached: it does not speak TLS/,
    hint: /redis:\/\//,
  },
  {
    what: 'rediss:// to a port without TLS that wants a password',
    start: async () => {
      const { host } = await redis({ settings: { requirepass: 'hunter2-hunter2' } });
      return [`rediss://:hunter2-hunter2@${host}`, {}];
    },
    code: 'REDIS_UNSUITABLE',
    message: /cannot be reached: it does not speak TLS/,
    hint: /redis:\/\//,
  },
  {
    what: 'a certificate of a CA that nobody knows',
    start: async () => [(await redis({ tls: {} })).url, {}],
    code: 'REDIS_UNSUITABLE',
    message: /its certificate is not trusted: /,
    hint: /redis\.ca/,
  },
  {
    what: 'a certificate of another host',
    start: async () => {
      const { url, tls } = await redis({ tls: { certificate: 'elsewhere' } });
      return [url, { ca: tls.ca }];
    },
    code: 'REDIS_UNSUITABLE',
    message: /its certificate is for another host: .*127\.0\.0\.1/,
    hint: /name the host/,
  },
  {
    what: 'a certificate that has expired',
    start: async () => {
      const { url, tls } = await redis({ tls: { certificate: 'expired' } });
      return [url, { ca: tls.ca }];
    },
    code: 'REDIS_UNREACHABLE',
    message: /cannot be reached: its certificate has expired/,
    hint: /renew/,
  },
  {
    what: 'one that wants a client certificate',
    start: async () => {
      const { url, tls } = await redis({ tls: { wantsClients: true } });
      return [url, { ca: tls.ca }];
    },
    code: 'REDIS_UNSUITABLE',
    message: /it wants a client certificate/,
    hint: /redis\.cert and redis\.key/,
  },
  {
    what: 'a CA file that is none',
    start: async () => {
      const { url } = await redis({ tls: {} });
      return [url, { ca: await file('no certificate') }];
    },
    code: 'REDIS_UNSUITABLE',
    message: /the file \S+ of redis\.ca cannot be used: .*PEM/,
    hint: /mounted/,
  },
  {
    what: 'a client certificate with the key of another one',
    start: async () => {
      const { url, tls } = await redis({ tls: {} });
      return [url, { ...tls, cert: tls.ca }];
    },
    code: 'REDIS_UNSUITABLE',
    message: /of redis\.cert cannot be used: redis\.key does not belong to it/,
    hint: /mounted/,
  },
  {
    what: 'a password file that is empty',
    start: async () => [(await redis()).url, { passwordFile: await file('\n') }],
    code: 'REDIS_UNSUITABLE',
    message: /of redis\.password-file cannot be used: it is empty/,
    hint: /filled/,
  },
  {
    what: 'a password file that is gone',
    start: async () => [(await redis()).url, { passwordFile: '/nowhere/password' }],
    code: 'REDIS_UNSUITABLE',
    message: /the file \/nowhere\/password of redis\.password-file cannot be used: ENOENT/,
    hint: /mounted/,
  },
];

async function file(content: string): Promise<string> {
  const path = join(keep(await temporaryFolder()).path, 'file');
  await writeFile(path, content, { mode: 0o600 });
  return path;
}

const USER = ['on', '~*', '&*', '+@all'];

describe('queue/redis/tls', () => {
  it.each(REFUSED)(
    'says what is wrong with $what, and what to do',
    async ({ start, code, message, hint }) => {
      const [url, access] = await start();
      const startedAtMs = performance.now();
      const error = await connect(url, access).then(
        (fleet) => fleet.close(),
        (refusal: unknown) => refusal,
      );
      expect(error).toMatchObject({
        code,
        message: expect.stringMatching(message),
        hint: expect.stringMatching(hint),
      });
      // None of these is waited for.
      expect(performance.now() - startedAtMs).toBeLessThan(DEADLINE_MS);
      expect(String(error)).not.toContain('hunter2');
    },
  );

  it('works with a CA and a client certificate from files, also for further connections', async () => {
    const { url, tls } = await redis({ tls: { wantsClients: true } });
    const fleet = await fleetWith(url, tls);
    expect(fleet.address).toBe(url);
    const runId = await fleet.schedules.fire('a task', 'operator');
    const expanded = Promise.withResolvers<string>();
    const consumer = fleet.consumeRuns({
      concurrency: 1,
      graceMs: 0,
      process: async (ticket) => {
        expanded.resolve(ticket.runId);
        return { verdict: 'done', result: undefined };
      },
    });
    expect(await expanded.promise).toBe(runId);
    await consumer.drain();
  });

  it('takes a new password from its file for the next connection, and says meanwhile what it waits for', async () => {
    const server = await redis();
    await server.call('ACL', 'SETUSER', 'fleet', ...USER, '>hunter2-first');
    const passwordFile = await file('hunter2-first\n');
    const { logger, lines } = keepingLogger();
    const fleet = await fleetWith(server.url, { username: 'fleet', passwordFile }, logger);
    await server.call('ACL', 'SETUSER', 'fleet', 'resetpass', '>hunter2-second');
    await server.call('CLIENT', 'KILL', 'USER', 'fleet');
    await eventually(() => fleet.trouble?.message.includes('WRONGPASS'));
    const setting = fleet.cache.set('key', 'value', 60_000);
    await writeFile(passwordFile, '');
    await eventually(() => fleet.trouble?.message.includes('it is empty'));
    await writeFile(passwordFile, 'hunter2-second');
    await setting;
    await eventually(() => fleet.isAnswering);
    expect(fleet.trouble).toBeUndefined();
    expect(lines.join('\n')).not.toContain('hunter2');
  });

  it('takes a new client certificate from its files for the next connection', async () => {
    const server = await redis({ tls: { wantsClients: true } });
    const { ca, cert, key } = server.tls;
    const good = await readFile(cert);
    const fleet = await fleetWith(server.url, { ca, cert, key });
    await writeFile(cert, await readFile(ca));
    fleet.internals.client.disconnect(true);
    await eventually(() => fleet.trouble?.message.includes('redis.key does not belong to it'));
    const setting = fleet.cache.set('key', 'value', 60_000);
    await writeFile(cert, good);
    await setting;
    expect(await fleet.cache.get('key', 5)).toBe('value');
  });
});
