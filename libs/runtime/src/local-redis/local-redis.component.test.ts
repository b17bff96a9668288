import { once } from 'node:events';
import {
  chmod,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import {
  eventually,
  type RunningProcess,
  runCommand,
  startProcess,
  type TemporaryFolder,
  temporaryFolder,
} from '@regfleet/harness';
import { isSyncError, type Logger, silentLogger } from '@regfleet/model';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LocalRedis, startLocalRedis } from './local-redis.ts';
import { findLocalRedis, localRedisName, noteSocket } from './note.ts';
import { makePrivateFolder } from './private-folder.ts';

const MODULE = new URL('./local-redis.ts', import.meta.url).href;

let folder: TemporaryFolder;
const started: LocalRedis[] = [];

beforeEach(async () => {
  folder = await temporaryFolder();
});

afterEach(async () => {
  for (const redis of started.splice(0)) await redis.stop();
  await folder.stop();
});

async function start(stateDir = folder.path, logger: Logger = silentLogger): Promise<LocalRedis> {
  const redis = await startLocalRedis({ stateDir, logger });
  started.push(redis);
  return redis;
}

const socketOf = ({ url }: LocalRedis): string => new URL(url).pathname;

async function ask(redis: LocalRedis, ...command: string[]): Promise<string> {
  const { stdout, stderr } = await runCommand(['redis-cli', '-s', socketOf(redis), ...command]);
  return `${stdout}${stderr}`.trim();
}

const processId = async (redis: LocalRedis): Promise<number> =>
  Number(/process_id:(\d+)/.exec(await ask(redis, 'INFO', 'server'))?.[1]);

describe('runtime/local-redis', () => {
  it('keeps its data from one start to the next and never evicts', async () => {
    const redis = await start();
    expect(await ask(redis, 'CONFIG', 'GET', 'maxmemory-policy')).toContain('noeviction');
    await ask(redis, 'SET', 'task', 'web');
    await redis.stop();
    expect(await ask(redis, 'PING')).toMatch(/could not connect/i);
    expect(await ask(await start(), 'GET', 'task')).toBe('web');
  });

  it('lets no other user in', async () => {
    const redis = await start();
    expect((await stat(join(folder.path, 'redis'))).mode & 0o777).toBe(0o700);
    expect((await stat(socketOf(redis))).mode & 0o777).toBe(0o700);
  });

  it('is found by its note while it runs, wherever its socket is, and no longer', async () => {
    const noteDir = join(folder.path, 'note');
    expect(await findLocalRedis(noteDir)).toBeUndefined();
    for (const name of ['short', 'x'.repeat(100)]) {
      const redis = await startLocalRedis({
        stateDir: join(folder.path, name),
        noteDir,
        logger: silentLogger,
      });
      started.push(redis);
      expect(await findLocalRedis(noteDir)).toBe(redis.url);
      await redis.stop();
      expect(await findLocalRedis(noteDir)).toBeUndefined();
    }
  });

  it('works, and says that nobody finds it, where it cannot be noted', async () => {
    const noteDir = join(folder.path, 'note');
    await writeFile(noteDir, '');
    const warned: string[] = [];
    const logger: Logger = { ...silentLogger, warn: (_fields, message) => void warned.push(message) };
    const redis = await startLocalRedis({ stateDir: folder.path, noteDir, logger });
    started.push(redis);
    expect(await ask(redis, 'PING')).toBe('PONG');
    expect(redis.isNoted).toBe(false);
    expect(warned).toEqual([expect.stringContaining('will not find the local Redis')]);
  });

  it.each<[string, (noteDir: string, socket: string) => Promise<unknown>]>([
    ['the folder of the note is open to others', (noteDir) => chmod(noteDir, 0o755)],
    [
      'the folder of the note is a link',
      async (noteDir) => {
        await rename(noteDir, `${noteDir}-other`);
        await symlink(`${noteDir}-other`, noteDir);
      },
    ],
    [
      'the note is a link',
      async (noteDir, socket) => {
        await writeFile(`${noteDir}-other`, socket);
        await rm(join(noteDir, 'socket'));
        await symlink(`${noteDir}-other`, join(noteDir, 'socket'));
      },
    ],
    ['the note names no path', (noteDir) => writeFile(join(noteDir, 'socket'), 'redis.sock')],
    ['the folder of the socket is open to others', (_, socket) => chmod(dirname(socket), 0o755)],
    [
      'the socket is a link',
      async (_, socket) => {
        await rename(socket, `${socket}-other`);
        await symlink(`${socket}-other`, socket);
      },
    ],
  ])('is not trusted when %s', async (_what, spoil) => {
    const noteDir = join(folder.path, 'note');
    const socket = join(folder.path, 'redis', 'redis.sock');
    await makePrivateFolder(dirname(socket));
    const server = createServer().listen(socket);
    await once(server, 'listening');
    await noteSocket(noteDir, socket);
    await spoil(noteDir, socket);
    await expect(findLocalRedis(noteDir)).rejects.toMatchObject({ code: 'REDIS_UNSUITABLE' });
    server.close();
  });

  it('has one name for a config file, by whatever way to its folder, and others for others', async () => {
    const real = join(folder.path, 'real');
    await mkdir(real);
    await symlink(real, join(folder.path, 'link'));
    const name = await localRedisName(join(real, 'a.yaml'));
    expect(await localRedisName(join(folder.path, 'link', 'a.yaml'))).toBe(name);
    expect(await localRedisName(relative(process.cwd(), join(real, 'a.yaml')))).toBe(name);
    expect(await localRedisName(join(real, 'b.yaml'))).not.toBe(name);
    expect(await localRedisName(join(folder.path, 'a.yaml'))).not.toBe(name);
  });

  it('puts the socket elsewhere when the state folder has a long path', async () => {
    const stateDir = join(folder.path, 'x'.repeat(100));
    await mkdir(stateDir);
    const redis = await start(stateDir);
    expect(socketOf(redis)).toMatch(new RegExp(`^${tmpdir()}/regfleet-[0-9a-f]{16}/redis.sock$`));
    expect(await ask(redis, 'PING')).toBe('PONG');
    expect(await readdir(join(stateDir, 'redis'))).toContain('appendonlydir');
    await redis.stop();
    await expect(stat(dirname(socketOf(redis)))).rejects.toThrow('ENOENT');
  });

  it('is shared by several at once, and ends with the last of them', async () => {
    const [one, other] = await Promise.all([start(), start()]);
    expect(one.url).toBe(other.url);
    await one.stop();
    expect(await ask(other, 'PING')).toBe('PONG');
    await other.stop();
    expect(await ask(other, 'PING')).toMatch(/could not connect/i);
  });

  /** A process that has started the Redis of the folder. */
  async function otherProcess(): Promise<RunningProcess> {
    const source = `
      import { silentLogger } from '@regfleet/model';
      const { startLocalRedis } = await import(${JSON.stringify(MODULE)});
      await startLocalRedis({ stateDir: ${JSON.stringify(folder.path)}, logger: silentLogger });
      console.log('started');
      setInterval(() => {}, 1000);`;
    const other = await startProcess([process.execPath, '--input-type=module', '-e', source], {
      cwd: import.meta.dirname,
    });
    await other.waitForLine(/^started$/);
    return other;
  }

  const isGone = async (socket: string): Promise<boolean> =>
    /could not connect/i.test((await runCommand(['redis-cli', '-s', socket, 'PING'])).stderr);

  it('ends with the process that started it, also when that is killed', async () => {
    const killed = await otherProcess();
    const socket = join(folder.path, 'redis', 'redis.sock');
    expect(await isGone(socket)).toBe(false);
    killed.kill('SIGKILL');
    await killed.exited;
    await eventually(() => isGone(socket), { deadlineMs: 20_000 });
  });

  it('goes on for others when the process that started it is killed, and ends with the last of them', async () => {
    const first = await otherProcess();
    const redis = await start();
    const pid = await processId(redis);
    const last = await otherProcess();
    first.kill('SIGKILL');
    await first.exited;
    await redis.stop();
    expect(await processId(redis)).toBe(pid);
    last.kill('SIGKILL');
    await last.exited;
    await eventually(() => isGone(socketOf(redis)), { deadlineMs: 20_000 });
  });

  it('is started again with its data when it dies', async () => {
    const redis = await start();
    await ask(redis, 'SET', 'task', 'web');
    const pid = await processId(redis);
    process.kill(pid, 'SIGKILL');
    await eventually(async () => (await ask(redis, 'GET', 'task')) === 'web', { deadlineMs: 20_000 });
    expect(await processId(redis)).not.toBe(pid);
  });

  it('tries to start it again for as long as that fails, and says so once', async () => {
    const bin = join(folder.path, 'bin');
    await mkdir(bin);
    const { stdout } = await runCommand(['sh', '-c', 'command -v redis-server']);
    await symlink(stdout.trim(), join(bin, 'redis-server'));
    const told: string[] = [];
    const logger = { ...silentLogger, error: (_: object, message: string) => void told.push(message) };
    const redis = await startLocalRedis({ stateDir: folder.path, logger, path: bin });
    started.push(redis);
    const pid = await processId(redis);
    await rm(join(bin, 'redis-server'));
    const tries = join(folder.path, 'tries');
    await writeFile(join(bin, 'redis-server'), `#!/bin/sh\necho try >>${tries}\nexit 1\n`, { mode: 0o700 });
    process.kill(pid, 'SIGKILL');
    await eventually(async () => (await readFile(tries, 'utf8').catch(() => '')).split('\n').length > 2, {
      deadlineMs: 20_000,
    });
    await redis.stop();
    expect(told).toEqual(['the local Redis has died', 'the local Redis could not be started again']);
  });

  it('ignores the lock of a process that died', async () => {
    await mkdir(join(folder.path, 'redis'));
    const { stdout } = await runCommand(['sh', '-c', 'echo $$']);
    await writeFile(join(folder.path, 'redis', 'lock'), stdout.trim());
    expect(await ask(await start(), 'PING')).toBe('PONG');
  });

  it.each([
    ['an earlier process with the pid of this one, as in a container', `${process.pid} 1`],
    ['a process that died before it wrote its pid', ''],
  ])('ignores the lock of %s', async (_, content) => {
    const lock = join(folder.path, 'redis', 'lock');
    await mkdir(dirname(lock));
    await writeFile(lock, content);
    await utimes(lock, 1, 1);
    expect(await ask(await start(), 'PING')).toBe('PONG');
  });

  it('does not go on for an earlier user with the pid of this one', async () => {
    const users = join(folder.path, 'redis', 'users');
    await mkdir(users, { recursive: true });
    await writeFile(join(users, `${process.pid}-earlier`), '1');
    const redis = await start();
    expect(await readdir(users)).toHaveLength(1);
    await redis.stop();
    expect(await isGone(socketOf(redis))).toBe(true);
  });

  it('names the folder in which a file cannot be made', async () => {
    await mkdir(join(folder.path, 'redis'), { recursive: true });
    await writeFile(join(folder.path, 'redis/users'), '');
    await expect(start()).rejects.toMatchObject({
      code: 'REDIS_UNSUITABLE',
      message: expect.stringContaining(join(folder.path, 'redis')),
    });
  });

  it('says what to install when there is no server', async () => {
    const failure = await startLocalRedis({
      stateDir: folder.path,
      logger: silentLogger,
      path: '/nowhere',
    }).catch((error: unknown) => error);
    expect(isSyncError(failure) && failure).toMatchObject({
      code: 'REDIS_UNSUITABLE',
      hint: expect.stringContaining('apt-get install redis-server'),
    });
  });

  it('tells why the server does not start, and keeps what a newer one has written', async () => {
    await (await start()).stop();
    const base = join(folder.path, 'redis', 'appendonlydir', 'appendonly.aof.1.base.rdb');
    await writeFile(base, (await readFile(base)).fill('0099', 'REDIS'.length, 'REDIS0099'.length));
    const failure = await start().catch((error: unknown) => error);
    expect(isSyncError(failure) && failure).toMatchObject({
      code: 'REDIS_UNSUITABLE',
      message: expect.stringContaining('ended at once'),
      hint: expect.stringContaining('redis.log'),
    });
  });
});
