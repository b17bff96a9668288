import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Logger, SyncError, toSyncError } from '@regfleet/model';
import { inlineCommand, serverState } from './inline-command.ts';
import { withLock } from './lock-file.ts';
import { noteSocket } from './note.ts';
import { makePrivateFolder, unusableFolder } from './private-folder.ts';
import { findServerBinary } from './server-binary.ts';
import { socketFolder, socketPath, socketUrl } from './socket-path.ts';
import { spawnServer } from './spawn-server.ts';
import { addUser, removeUser } from './users.ts';

const BUSY_POLL_MS = 100;
const READY_DEADLINE_MS = 60_000;
// Longer than a start takes: whoever waits for the lock adopts what its holder started.
const LOCK_DEADLINE_MS = 90_000;
const STOP_DEADLINE_MS = 10_000;
const WATCH_INTERVAL_MS = 2_000;

export interface LocalRedisOptions {
  /** Keeps the data; made when it is missing. */
  readonly stateDir: string;
  readonly logger: Logger;
  /** A folder in which others find it by `findLocalRedis`; absent: they do not. */
  readonly noteDir?: string;
  /** Where the server is looked for; absent: `PATH` of this process. */
  readonly path?: string;
}

/** A Redis on a private unix socket. */
export interface LocalRedis {
  /** `unix:///path`. */
  readonly url: string;
  /** Whether `findLocalRedis` finds it. */
  readonly isNoted: boolean;
  /** Ends the server, unless another process uses it. */
  stop(): Promise<void>;
}

/**
 * The Redis of a state folder: one that runs already is adopted, else redis-server or valkey-server is started, with an
 * append-only file and without eviction. One that dies is started again, and none outlives the last process that used it.
 *
 * @throws {SyncError} `REDIS_UNSUITABLE` when no server is installed, it cannot run, or the folder cannot be used.
 */
export async function startLocalRedis(options: LocalRedisOptions): Promise<LocalRedis> {
  const { logger } = options;
  const dataDir = join(resolve(options.stateDir), 'redis');
  const folder = socketFolder(dataDir, tmpdir());
  await makePrivateFolder(dataDir);
  await makePrivateFolder(folder);
  const socket = socketPath(folder);
  const users = join(dataDir, 'users');
  const user = `${process.pid}-${randomBytes(4).toString('hex')}`;
  const locked = <Result>(work: () => Promise<Result>): Promise<Result> =>
    withLock(join(dataDir, 'lock'), LOCK_DEADLINE_MS, work);

  const ensure = (): Promise<'adopted' | 'started'> =>
    locked(async () => {
      await addUser(users, user);
      if (await isServed(socket)) return 'adopted';
      const binary = findServerBinary(options.path ?? process.env.PATH ?? '');
      await spawnServer({ binary, dataDir, socketPath: socket }, { folder: users, name: user }, logger);
      return 'started' as const;
    }).catch((error: unknown) => {
      throw unusableFolder(dataDir, error);
    });

  const how = await ensure();
  const url = socketUrl(socket);
  logger.info({ url, socket, how }, 'local Redis is ready');
  const isNoted = options.noteDir !== undefined && (await note(options.noteDir, socket, logger));
  const watch = keepAlive(socket, ensure, logger);
  return {
    url,
    isNoted,
    async stop() {
      await watch.stop();
      await locked(async () => {
        if ((await removeUser(users, user)) > 0) return;
        await stopServer(socket, logger);
        if (folder !== dataDir) await rm(folder, { recursive: true, force: true });
      });
    },
  };
}

/** What uses the Redis can do without being found. */
async function note(folder: string, socket: string, logger: Logger): Promise<boolean> {
  try {
    await noteSocket(folder, socket);
    return true;
  } catch (error) {
    logger.warn({ error: toSyncError(error) }, 'other commands will not find the local Redis by themselves');
    return false;
  }
}

/** True when a server answers, after it was given time to load; false when nobody listens. */
async function isServed(socket: string): Promise<boolean> {
  const endsAtMs = performance.now() + READY_DEADLINE_MS;
  for (;;) {
    const state = await serverState(socket);
    if (state !== 'busy') return state === 'ready';
    if (performance.now() > endsAtMs) {
      throw new SyncError('REDIS_UNREACHABLE', {
        message: `the local Redis at ${socket} does not answer`,
        hint: 'it hangs or is stopped: end that redis-server process',
      });
    }
    await pause(BUSY_POLL_MS);
  }
}

function keepAlive(
  socket: string,
  ensure: () => Promise<'adopted' | 'started'>,
  logger: Logger,
): { stop(): Promise<void> } {
  let isDead = false;
  let told: string | undefined;
  const look = async (): Promise<void> => {
    try {
      if ((await serverState(socket)) !== 'gone') return;
      if (!isDead) logger.error({ socket }, 'the local Redis has died');
      isDead = true;
      logger.info({ socket, how: await ensure() }, 'local Redis is ready again');
      isDead = false;
      told = undefined;
    } catch (failure) {
      const error = toSyncError(failure);
      // By its code: the message may hold what the server wrote, with the time.
      if (error.code !== told) logger.error({ error }, 'the local Redis could not be started again');
      told = error.code;
    }
  };
  let looking: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const schedule = (): void => {
    if (stopped) return;
    timer = setTimeout(() => {
      looking = look().finally(schedule);
    }, WATCH_INTERVAL_MS).unref();
  };
  schedule();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await looking;
    },
  };
}

async function stopServer(socket: string, logger: Logger): Promise<void> {
  const endsAtMs = performance.now() + STOP_DEADLINE_MS;
  // It ends the connection instead of answering.
  await inlineCommand(socket, 'SHUTDOWN', STOP_DEADLINE_MS).catch(() => undefined);
  while ((await serverState(socket)) !== 'gone') {
    if (performance.now() > endsAtMs) {
      logger.warn({ socket }, 'the local Redis does not end; it is left running');
      return;
    }
    await pause(BUSY_POLL_MS);
  }
}
