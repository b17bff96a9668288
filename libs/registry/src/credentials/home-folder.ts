import { homedir } from 'node:os';
import { isAbsolute } from 'node:path';
import type { Environment } from './deps.ts';

/**
 * The home folder of this user; absent: a container may run as somebody whom nobody knows, and an empty or relative HOME would mean
 * another folder wherever the process is started.
 */
export function homeFolder(env: Environment): string | undefined {
  const home = env.HOME || systemHome();
  return home !== undefined && isAbsolute(home) ? home : undefined;
}

function systemHome(): string | undefined {
  try {
    return homedir();
  } catch {
    return undefined;
  }
}
