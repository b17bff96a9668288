import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand, type TemporaryFolder, temporaryFolder } from '@regfleet/harness';
import { type Logger, silentLogger } from '@regfleet/model';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LocalRedis, startLocalRedis } from './local-redis.ts';

const [INCREMENT, MANIFEST] = ['appendonly.aof.1.incr.aof', 'appendonly.aof.manifest'];

describe('runtime/local-redis/damaged-data', () => {
  let folder: TemporaryFolder;
  const started: LocalRedis[] = [];

  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(async () => {
    for (const redis of started.splice(0)) await redis.stop();
    await folder.stop();
  });

  async function start(logger: Logger = silentLogger): Promise<LocalRedis> {
    const redis = await startLocalRedis({ stateDir: folder.path, logger });
    started.push(redis);
    return redis;
  }

  async function ask({ url }: LocalRedis, ...command: string[]): Promise<string> {
    const { stdout } = await runCommand(['redis-cli', '-s', new URL(url).pathname, ...command]);
    return stdout.trim();
  }

  it.each<[string, string, (data: Buffer) => Uint8Array, string]>([
    ['damaged in the middle', INCREMENT, (data) => data.fill('?', data.length / 2, data.length / 2 + 9), ''],
    [
      'followed by zeros, as after a loss of power',
      INCREMENT,
      (data) => Buffer.concat([data, Buffer.alloc(99)]),
      '',
    ],
    ['named by an empty file, as after a loss of power', MANIFEST, () => Buffer.alloc(0), ''],
    ['partly gone', MANIFEST, (data) => Buffer.from(data.toString().replaceAll('incr', 'gone')), ''],
    ['cut off', INCREMENT, (data) => data.subarray(0, -5), 'web'],
  ])(
    'starts with data that is %s, sets aside what nobody can read, and says so',
    async (_title, name, spoil, first) => {
      const told: unknown[] = [];
      const logger = { ...silentLogger, error: (fields: object) => told.push(fields) };
      const redis = await start();
      await ask(redis, 'SET', 'first', 'web');
      await ask(redis, 'SET', 'second', 'web');
      await redis.stop();
      const data = join(folder.path, 'redis', 'appendonlydir');
      const file = join(data, name);
      await writeFile(file, spoil(await readFile(file)));
      const again = await start(logger);
      expect(await ask(again, 'GET', 'first')).toBe(first);
      expect(await ask(again, 'GET', 'second')).toBe('');
      expect(told).toEqual(first === '' ? [{ kept: [`${data}.damaged`] }] : []);
    },
  );
});
