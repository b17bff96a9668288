import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { isSyncError, SyncError } from '@regfleet/model';
import { exhausted } from '@regfleet/registry';

// Containers may share a temporary folder, and each has a process 1.
const PREFIX = `regfleet-skopeo-${hostname()}-`;

/**
 * Runs `use` with a temporary folder only this user can enter (0700); the folder is gone afterwards, whatever happens.
 *
 * @throws {SyncError} `RELAY_UNAVAILABLE` or `STORAGE_FULL` where nothing can be written there.
 */
export async function withPrivateFolder<Result>(use: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`)).catch((error: unknown) => {
    throw temporaryFolderError(error);
  });
  try {
    return await use(folder);
  } catch (error) {
    throw isFull(error)
      ? temporaryFolderError(error)
      : (exhausted(error, `use the files of a copy in ${folder}`) ?? error);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Removes what processes of this machine left that were killed in the middle of a copy: it may hold credentials. */
export async function removeAbandonedFolders(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = name.startsWith(PREFIX) ? Number.parseInt(name.slice(PREFIX.length), 10) : Number.NaN;
    if (Number.isNaN(pid)) continue;
    const folder = join(tmpdir(), name);
    // Another user's folder, or one that is gone by now, is not ours to remove.
    if (await isAbandoned(folder, pid).catch(() => false)) await rm(folder, { recursive: true, force: true });
  }
}

const isFull = (error: unknown): boolean =>
  error instanceof Error &&
  !isSyncError(error) &&
  'code' in error &&
  (error.code === 'ENOSPC' || error.code === 'EDQUOT');

function temporaryFolderError(cause: unknown): SyncError {
  const folder = `the folder for temporary files, ${tmpdir()},`;
  if (isFull(cause)) {
    return new SyncError('STORAGE_FULL', {
      message: `${folder} has no space left`,
      hint: 'free some space there, or let TMPDIR name another folder',
      cause,
    });
  }
  return new SyncError('RELAY_UNAVAILABLE', {
    message: `${folder} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`,
    hint: 'let TMPDIR name a folder that exists and that this user may write to',
    cause,
  });
}

async function isAbandoned(folder: string, pid: number): Promise<boolean> {
  const { uid, mtimeMs } = await stat(folder);
  if (uid !== process.getuid?.()) return false;
  // A restarted container's process has the number of the one before.
  if (pid === process.pid) return mtimeMs < Date.now() - process.uptime() * 1000;
  return !isRunning(pid);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}
