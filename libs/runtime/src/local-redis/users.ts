import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive, processMark } from './is-alive.ts';

/** Who uses the local Redis: one file per user, named by pid, so that the last one to leave can stop the server. */
export async function addUser(folder: string, user: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, user), processMark(process.pid));
  await forgetDead(folder);
}

/** Forgets a user, and those whose process died. @returns how many are left. */
export async function removeUser(folder: string, user: string): Promise<number> {
  await rm(join(folder, user), { force: true });
  return forgetDead(folder);
}

async function forgetDead(folder: string): Promise<number> {
  let left = 0;
  for (const user of await readdir(folder)) {
    const mark = await readFile(join(folder, user), 'utf8').catch(() => '');
    if (isAlive(Number.parseInt(user, 10), mark)) left += 1;
    else await rm(join(folder, user), { force: true });
  }
  return left;
}
