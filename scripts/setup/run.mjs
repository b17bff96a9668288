import { spawnSync } from 'node:child_process';

/** Runs a command with its output hidden. @returns undefined when it succeeded, else what it printed. */
export function run(command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  return status === 0 ? undefined : `${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}`;
}

export const say = (line) => console.log(`set-up: ${line}`);
