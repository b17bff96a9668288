import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { SyncError } from '@regfleet/model';

const NAMES = ['redis-server', 'valkey-server'];

/**
 * The Redis or Valkey server on `path` (as the `PATH` variable writes it).
 *
 * @throws {SyncError} `REDIS_UNSUITABLE` when there is none.
 */
export function findServerBinary(path: string): string {
  for (const name of NAMES) {
    const found = path
      .split(delimiter)
      .filter((folder) => folder !== '')
      .map((folder) => join(folder, name))
      .find(isExecutable);
    if (found !== undefined) return found;
  }
  throw new SyncError('REDIS_UNSUITABLE', {
    message: 'no redis-server or valkey-server found on PATH',
    hint: 'install one (Debian, Ubuntu: apt-get install redis-server; Fedora: dnf install valkey; macOS: brew install redis), or name a Redis with --redis or redis.url',
  });
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
