import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { SyncError } from '@regfleet/model';
import { isAlive, processMark } from './is-alive.ts';

const RETRY_MS = 50;
// Between making a lock and writing into it; longer when its maker died there.
const EMPTY_MS = 10_000;

/**
 * Runs `work` while no other process does so for the same lock file. The lock of a process that died is void.
 *
 * @throws {SyncError} `TIMED_OUT` when another process keeps it for longer than `deadlineMs`.
 */
export async function withLock<Result>(
  path: string,
  deadlineMs: number,
  work: () => Promise<Result>,
): Promise<Result> {
  const endsAtMs = performance.now() + deadlineMs;
  while (!(await take(path))) {
    if (performance.now() > endsAtMs) {
      throw new SyncError('TIMED_OUT', {
        message: `another process keeps ${path} for more than ${deadlineMs} ms`,
        hint: 'see which process it names; remove the file when that one is not regfleet',
      });
    }
    await pause(RETRY_MS);
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function take(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(`${process.pid} ${processMark(process.pid)}`);
    } catch (error) {
      // A lock that names nobody would keep everybody out.
      await rm(path, { force: true });
      throw error;
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    await removeStale(path);
    return false;
  }
}

// Renamed before it is removed: of several that find it stale, only one gets it away.
async function removeStale(path: string): Promise<void> {
  if (await isHeld(path)) return;
  const aside = `${path}.${process.pid}`;
  await rename(path, aside).catch(() => undefined);
  await rm(aside, { force: true });
}

async function isHeld(path: string): Promise<boolean> {
  const [holder, mark] = (await readFile(path, 'utf8').catch(() => '')).split(' ');
  if (holder) return isAlive(Number(holder), mark);
  const found = await stat(path).catch(() => undefined);
  return found === undefined || Date.now() - found.mtimeMs < EMPTY_MS;
}
