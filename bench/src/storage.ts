import { statfs } from 'node:fs/promises';
import { type TemporaryFolder, temporaryFolder } from '@regfleet/harness';

export type Storage = 'memory' | 'disk';

const MEMORY = '/dev/shm';
// Source and target of the largest workload, and what skopeo keeps on its way.
const NEEDED_BYTES = 8 * 2 ** 30;

/** Where registries keep their images: in memory if it has room, since a disk is flushed when it likes. */
export async function imageStorage(): Promise<Storage> {
  try {
    const { bavail, bsize } = await statfs(MEMORY);
    return bavail * bsize >= NEEDED_BYTES ? 'memory' : 'disk';
  } catch {
    return 'disk';
  }
}

/** A folder for one registry's images. */
export async function imageFolder(): Promise<TemporaryFolder> {
  return temporaryFolder((await imageStorage()) === 'memory' ? MEMORY : undefined);
}
