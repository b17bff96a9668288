import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SyncError } from '@regfleet/model';

// sun_path of sockaddr_un is 108 bytes on Linux, with the closing zero.
const MAX_BYTES = 107;

const NAME = 'redis.sock';

/**
 * Where the socket of the Redis of `dataDir` is: there, or where that path is too long, in a folder of `tmpDir` that
 * follows from it.
 *
 * @throws {SyncError} `REDIS_UNSUITABLE` when both are too long.
 */
export function socketFolder(dataDir: string, tmpDir: string): string {
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 16);
  const folder = [dataDir, join(tmpDir, `regfleet-${name}`)].find(
    (candidate) => Buffer.byteLength(socketPath(candidate)) <= MAX_BYTES,
  );
  if (folder !== undefined) return folder;
  throw new SyncError('REDIS_UNSUITABLE', {
    message: `the path of a socket in ${dataDir} is longer than ${MAX_BYTES} bytes, and so is one in ${tmpDir}`,
    hint: 'choose a state folder with a shorter path',
  });
}

export const socketPath = (folder: string): string => join(folder, NAME);

/** `unix:///path`. */
export const socketUrl = (socket: string): string => `unix://${pathToFileURL(socket).pathname}`;
