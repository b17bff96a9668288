import { access, mkdir, readdir, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/**
 * The one folder in which skopeo finds a registry's certificates: `<certsDir>/<host:port>` or `<certsDir>/<host>`.
 *
 * @param scratch - where both exist: made, and filled with links to the files of both.
 * @returns the folder of the bare host where neither exists.
 */
export async function certificatesOf(registry: string, certsDir: string, scratch: string): Promise<string> {
  // Kubernetes mounts no file names with a colon, docker and dregsy's documentation write the port.
  const bare = join(certsDir, registry.replace(/:\d+$/, ''));
  const named = join(certsDir, registry);
  if (named === bare || !(await exists(named))) return bare;
  if (!(await exists(bare))) return named;
  await mkdir(scratch);
  for (const [index, folder] of [named, bare].entries()) {
    // Both may hold a ca.crt; a certificate and its key keep the name that they share.
    const link = (name: string): Promise<void> =>
      symlink(resolve(folder, name), join(scratch, `${index}-${name}`));
    await Promise.all((await readdir(folder)).map(link));
  }
  return scratch;
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
