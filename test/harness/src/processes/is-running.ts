import { readFile } from 'node:fs/promises';

/** True while a process of that id lives; one that is dead and only waits for its parent does not. */
export async function isRunning(pid: number): Promise<boolean> {
  try {
    const status = await readFile(`/proc/${pid}/stat`, 'utf8');
    return !/\) [ZX] /.test(status);
  } catch {
    return false;
  }
}
