import { chmod, lstat, mkdir } from 'node:fs/promises';
import { SyncError } from '@regfleet/model';

/**
 * Makes a folder that only this user can enter.
 *
 * @throws {SyncError} `REDIS_UNSUITABLE` when it cannot be made, or is somebody else's: names in a shared temporary
 *   folder can be taken by others.
 */
export async function makePrivateFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw unusable(path, cause instanceof Error ? cause.message : String(cause), cause);
  }
  const found = await lstat(path);
  if (!found.isDirectory()) throw unusable(path, 'it is no folder');
  if (found.uid !== process.getuid?.()) throw unusable(path, 'it belongs to another user');
  await chmod(path, 0o700);
}

const unusable = (path: string, why: string, cause?: unknown): SyncError =>
  new SyncError('REDIS_UNSUITABLE', {
    message: `the folder ${path} cannot hold the local Redis: ${why}`,
    hint: 'choose another state folder',
    cause,
  });
