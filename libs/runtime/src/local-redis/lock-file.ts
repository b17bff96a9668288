import { open, readFile, rename, rm } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { SyncError } from '@regfleet/model';
import { isAlive } from './is-alive.ts';

const RETRY_MS = 50;

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
    await file.writeFile(String(process.pid));
    await file.close();
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    await removeStale(path);
    return false;
  }
}

// Renamed before it is removed: of several that find it stale, only one gets it away.
async function removeStale(path: string): Promise<void> {
  const holder = Number(await readFile(path, 'utf8').catch(() => ''));
  // Empty: its maker is about to write its pid.
  if (holder === 0 || isAlive(holder)) return;
  const aside = `${path}.${process.pid}`;
  await rename(path, aside).catch(() => undefined);
  await rm(aside, { force: true });
}
