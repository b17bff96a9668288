import type { Stats } from 'node:fs';
import { chmod, lstat, mkdir } from 'node:fs/promises';
import { isSyncError, SyncError } from '@regfleet/model';

/**
 * Makes a folder that only this user can enter.
 *
 * @param refuse - what is thrown; absent: `REDIS_UNSUITABLE`.
 * @throws {SyncError} when it cannot be made, or is somebody else's: names in a shared temporary
 *   folder can be taken by others.
 */
export async function makePrivateFolder(
  path: string,
  refuse: (path: string, why: string, cause?: unknown) => SyncError = unusable,
): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw refuse(path, cause instanceof Error ? cause.message : String(cause), cause);
  }
  const found = await lstat(path);
  const flaw = flawOf(found);
  if (flaw !== undefined) throw refuse(path, flaw);
  await chmod(path, 0o700);
}

/** Why a folder that exists is none of this user alone; absent: it is. */
export async function flawOfPrivateFolder(path: string): Promise<string | undefined> {
  const found = await lstat(path);
  return flawOf(found) ?? ((found.mode & 0o077) === 0 ? undefined : 'others may enter it');
}

function flawOf(found: Stats): string | undefined {
  if (!found.isDirectory()) return 'it is no folder';
  return found.uid === process.getuid?.() ? undefined : 'it belongs to another user';
}

/** `error`, or where a file of this folder could not be made or written, what that means. */
export function unusableFolder(path: string, error: unknown): unknown {
  const isOfFiles = error instanceof Error && 'syscall' in error && !isSyncError(error);
  return isOfFiles ? unusable(path, error.message, error) : error;
}

const unusable = (path: string, why: string, cause?: unknown): SyncError =>
  new SyncError('REDIS_UNSUITABLE', {
    message: `the folder ${path} cannot hold the local Redis: ${why}`,
    hint: /^ENOSPC|^EDQUOT/.test(why)
      ? 'free some space there, or choose another state folder'
      : 'choose another state folder',
    cause,
  });
