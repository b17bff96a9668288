import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { SyncError } from '@regfleet/model';
import { serverState } from './inline-command.ts';

const POLL_MS = 20;
// Loading an append-only file: about a second per 10 MB on a slow disk.
const READY_DEADLINE_MS = 60_000;
const LOG_TAIL_CHARACTERS = 600;

export interface ServerFiles {
  readonly binary: string;
  readonly dataDir: string;
  readonly socketPath: string;
}

/**
 * Starts the server and returns when it answers. It outlives this process unless it is told to stop.
 *
 * @throws {SyncError} `REDIS_UNSUITABLE` when it ends at once, `REDIS_UNREACHABLE` when it does not become ready.
 */
export async function spawnServer(files: ServerFiles): Promise<void> {
  const logFile = join(files.dataDir, 'redis.log');
  // A group of its own: Ctrl-C on the terminal must not end Redis while copies are still being handed back.
  const child = spawn(files.binary, argv(files, logFile), { detached: true, stdio: 'ignore' });
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
  const log = await readFile(logFile, 'utf8').catch(() => '');
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
