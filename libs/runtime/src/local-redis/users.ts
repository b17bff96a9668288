import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive } from './is-alive.ts';

/** Who uses the local Redis: one file per user, named by pid, so that the last one to leave can stop the server. */
export async function addUser(folder: string, user: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, user), '');
}

/** Forgets a user, and those whose process died. @returns how many are left. */
export async function removeUser(folder: string, user: string): Promise<number> {
  await rm(join(folder, user), { force: true });
  let left = 0;
  for (const other of await readdir(folder)) {
    if (isAlive(Number.parseInt(other, 10))) left += 1;
    else await rm(join(folder, other), { force: true });
  }
  return left;
}
