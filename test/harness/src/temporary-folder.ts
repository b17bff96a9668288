import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Resource, resource } from './resource.ts';

export interface TemporaryFolder extends Resource {
  readonly path: string;
}

/**
 * An empty folder of its own. Its path is short, since unix socket paths must stay below 108 bytes.
 *
 * @param parent - absent: where the environment wants temporary files.
 */
export async function temporaryFolder(parent: string = tmpdir()): Promise<TemporaryFolder> {
  const path = await realpath(await mkdtemp(join(parent, 'rf-')));
  const remove = (): Promise<void> => rm(path, { recursive: true, force: true, maxRetries: 5 });
  return { path, ...resource(remove) };
}

/** The caller's own folder, which `stop` leaves alone, or a temporary one where there is none. */
export async function folderFor(dir: string | undefined): Promise<TemporaryFolder> {
  return dir === undefined ? temporaryFolder() : { path: dir, ...resource(() => Promise.resolve()) };
}
