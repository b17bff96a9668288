import { homedir } from 'node:os';
import { isAbsolute } from 'node:path';
import type { Environment } from '../http/proxy.ts';

/**
 * The home folder of this user; absent: a container may run as somebody whom nobody knows, and an empty or relative HOME would mean
 * another folder wherever the process is started.
 *
 * @param lookUp - throws where the user database has no such user; absent: Node's.
 */
export function homeFolder(env: Environment, lookUp: () => string = homedir): string | undefined {
  const home = env.HOME || unlessUnknown(lookUp);
  return home !== undefined && isAbsolute(home) ? home : undefined;
}

function unlessUnknown(lookUp: () => string): string | undefined {
  try {
    return lookUp();
  } catch {
    return undefined;
  }
}
