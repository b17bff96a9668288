import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, fillRegistry } from '@regfleet/harness';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { plain, type Run, Site } from './site.ts';

const PASSWORD = 'hunter2 %"\\:ü';

describe('system/secrets', () => {
  it('keeps passwords out of Redis, metrics, every command line and every log line at trace level', async () => {
    const account = { username: 'mirror', password: PASSWORD };
    await using site = await Site.start({ source: { htpasswd: account }, target: { htpasswd: account } });
    await fillRegistry(site.source, [{ repository: 'app', tags: ['1', '2', '3', '4', '5', '6'] }]);
    const auth = Buffer.from(JSON.stringify(account)).toString('base64');
    const regfleet = await site.command(
      {
        relay: 'skopeo',
        registries: {
          [site.target.host]: { username: account.username, password: fromEnvironment('TARGET_PASSWORD') },
        },
        tasks: [
          {
            name: 'app',
            verbose: true,
            schedule: '0 0 1 1 *',
            source: { ...plain(site.source), auth },
            target: plain(site.target),
            mappings: [{ from: 'app' }],
          },
        ],
      },
      { TARGET_PASSWORD: PASSWORD, LOG_LEVEL: 'trace' },
    );
    const services = [
      await site.serve(regfleet, 'scheduler'),
      await site.serve(regfleet, 'worker', ['--concurrency', '1']),
    ];

    const commandLines = new Set<string>();
    let ended = false;
    const waiting = (regfleet.runTask('app') as Promise<Run>).finally(() => {
      ended = true;
    });
    const watching = eventually(
      async () => {
        for (const line of await allCommandLines()) commandLines.add(line);
        return ended;
      },
      { deadlineMs: 60_000, intervalMs: 1, what: 'the run to end' },
    );
    const run = await waiting;
    await watching;

    expect(run).toMatchObject({ outcome: 'succeeded', counts: { copied: 6 } });
    expect([...commandLines].some((line) => line.includes('skopeo') && line.includes('copy'))).toBe(true);
    const logs = services.map(({ process }) => process.stdout() + process.stderr());
    expect(logs.join('\n')).toContain('"level":"trace"');
    const metrics = await Promise.all(
      services.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()),
    );
    const inRedis = await everythingInRedis(site.redis.url);
    const seen = [...commandLines, ...logs, ...metrics, ...inRedis].join('\n');
    for (const secret of secretForms(account, auth)) expect(seen).not.toContain(secret);
  });
});

function secretForms({ username, password }: { username: string; password: string }, auth: string): string[] {
  const basic = Buffer.from(`${username}:${password}`).toString('base64');
  return [
    password,
    'hunter2',
    encodeURIComponent(password),
    JSON.stringify(password).slice(1, -1),
    auth,
    basic,
  ];
}

const fromEnvironment = (name: string): string => ['${', name, '}'].join('');

async function allCommandLines(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map((pid) => readFile(join('/proc', pid, 'cmdline'), 'utf8').catch(() => '')),
  );
  return lines.map((line) => line.replaceAll('\0', ' '));
}

/** Every key and every value, whatever its type. */
async function everythingInRedis(url: string): Promise<string[]> {
  const redis = new Redis(url);
  try {
    const dumps: string[] = [];
    for await (const keys of redis.scanStream() as AsyncIterable<string[]>) {
      for (const key of keys) dumps.push(key, JSON.stringify(await contentOf(redis, key)));
    }
    return dumps;
  } finally {
    redis.disconnect();
  }
}

async function contentOf(redis: Redis, key: string): Promise<unknown> {
  switch (await redis.type(key)) {
    case 'string':
      return redis.get(key);
    case 'hash':
      return redis.hgetall(key);
    case 'list':
      return redis.lrange(key, 0, -1);
    case 'set':
      return redis.smembers(key);
    case 'zset':
      return redis.zrange(key, 0, -1, 'WITHSCORES');
    case 'stream':
      return redis.xrange(key, '-', '+');
    default:
      return undefined;
  }
}
