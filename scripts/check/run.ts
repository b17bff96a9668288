import { execFile } from 'node:child_process';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');

/** Runs a command in the root of the repository. @returns what it printed when it failed, else undefined. */
export function run([command = '', ...args]: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd: ROOT, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      if (error === null) return resolve(undefined);
      // Of a command that has ended it says no more than those.
      const why = typeof error.code === 'number' ? '' : error.message;
      resolve(`${stdout}${stderr}${why}`);
    });
  });
}
