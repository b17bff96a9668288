import { spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Logger, SyncError } from '@regfleet/model';
import { logSince, setAside, tellsOfDamage } from './damaged-data.ts';
import { serverState } from './inline-command.ts';

const POLL_MS = 20;
// Loading an append-only file: about a second per 10 MB on a slow disk.
const READY_DEADLINE_MS = 60_000;
const LOG_TAIL_CHARACTERS = 600;

// Ends the server when its user has died, however it did, and no other one is left: the kernel then closes the other end of
// descriptor 3, which neither the server nor anything else inherits. Of the user who died, whose parent may not have noticed,
// the pid may still be there.
const GUARD = `
users=$1 user=$2
shift 2
"$@" 3<&- &
server=$!
others() {
  for file in "$users"/*; do
    name=\${file##*/}
    kill -0 "\${name%%-*}" && return 0
  done
  return 1
}
{
  while read -r line; do :; done
  rm -f "$users/$user"
  while others; do sleep 1; done
  kill "$server"
} <&3 &
guard=$!
exec 3<&-
wait "$server"
status=$?
kill "$guard"
exit "$status"
`;

export interface ServerFiles {
  readonly binary: string;
  readonly dataDir: string;
  readonly socketPath: string;
}

/** For whom the server is started: it ends with the last user of the folder. */
export interface ServerUser {
  readonly folder: string;
  readonly name: string;
}

/**
 * Starts the server and returns when it answers. It ends when it is told to, or soon after the death of its last user.
 *
 * Data that it cannot read is set aside: it costs comparing both sides of each image, and nobody could go on without.
 *
 * @throws {SyncError} `REDIS_UNSUITABLE` when it ends at once, `REDIS_UNREACHABLE` when it does not become ready.
 */
export async function spawnServer(files: ServerFiles, user: ServerUser, logger: Logger): Promise<void> {
  const logFile = join(files.dataDir, 'redis.log');
  const sinceByte = (await stat(logFile).catch(() => undefined))?.size ?? 0;
  try {
    await spawnOnce(files, user, logFile);
  } catch (error) {
    if (!tellsOfDamage(await logSince(logFile, sinceByte))) throw error;
    const kept = await setAside(files.dataDir);
    if (kept.length === 0) throw error;
    logger.error(
      { kept },
      'the data of the local Redis is damaged: it is set aside, and all tasks begin anew',
    );
    await spawnOnce(files, user, logFile);
  }
}

async function spawnOnce(files: ServerFiles, user: ServerUser, logFile: string): Promise<void> {
  const command = ['-c', GUARD, 'regfleet-redis', user.folder, user.name, files.binary];
  // A group of its own: Ctrl-C on the terminal must not end Redis while copies are still being handed back.
  const child = spawn('/bin/sh', [...command, ...argv(files, logFile)], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  letGo(child.stdio[3]);
  const ended = Promise.withResolvers<'ended'>();
  child.once('error', () => ended.resolve('ended'));
  child.once('exit', () => ended.resolve('ended'));
  child.unref();
  const endsAtMs = performance.now() + READY_DEADLINE_MS;
  while ((await serverState(files.socketPath)) !== 'ready') {
    const event = await Promise.race([ended.promise, pause(POLL_MS, 'waited' as const)]);
    if (event === 'ended') throw await endedAtOnce(files.binary, logFile);
    if (performance.now() > endsAtMs) throw notReady(files.socketPath, logFile);
  }
}

/** Keeps the pipe open without keeping this process alive. */
function letGo(pipe: unknown): void {
  if (!(pipe instanceof Socket)) return;
  pipe.on('error', () => undefined);
  pipe.unref();
}

function argv({ dataDir, socketPath }: ServerFiles, logFile: string): string[] {
  const settings: Record<string, string> = {
    port: '0',
    unixsocket: socketPath,
    unixsocketperm: '700',
    dir: dataDir,
    save: '',
    appendonly: 'yes',
    appendfsync: 'everysec',
    'maxmemory-policy': 'noeviction',
    daemonize: 'no',
    loglevel: 'warning',
    logfile: logFile,
  };
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
}

async function endedAtOnce(binary: string, logFile: string): Promise<SyncError> {
  const log = await logSince(logFile, 0);
  return new SyncError('REDIS_UNSUITABLE', {
    message: `${binary} ended at once: ${log.slice(-LOG_TAIL_CHARACTERS).trim() || 'it wrote no log'}`,
    hint: `see ${logFile}`,
  });
}

const notReady = (socketPath: string, logFile: string): SyncError =>
  new SyncError('REDIS_UNREACHABLE', {
    message: `the local Redis at ${socketPath} is not ready after ${READY_DEADLINE_MS} ms`,
    hint: `see ${logFile}`,
  });
