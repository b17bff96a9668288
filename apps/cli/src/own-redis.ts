import { isAbsolute, join } from 'node:path';
import { SyncError } from '@regfleet/model';
import { homeFolder } from '@regfleet/registry';
import { findLocalRedis, localRedisName } from '@regfleet/runtime';
import { emptyFlag } from './flags.ts';
import type { Terminal } from './terminal.ts';

export interface OwnRedisFolders {
  /** Keeps the data. */
  readonly stateDir: string;
  /** Where the other commands look; absent: this user has no folder for that. */
  readonly noteDir?: string;
}

/**
 * The folders of the Redis that `up` brings, of each config file its own.
 *
 * @param state - whose subfolder keeps the data; absent: the state folder of this user.
 * @throws {SyncError} `USAGE_INVALID` where there is neither, and where `state` is empty.
 */
export async function ownRedisFolders(
  env: Terminal['env'],
  configFile: string,
  state?: string,
): Promise<OwnRedisFolders> {
  if (state === '') throw emptyFlag('--state', 'leave it out for the state folder of this user');
  const home = stateFolder(env);
  const base = state ?? home;
  if (base === undefined) {
    throw new SyncError('USAGE_INVALID', {
      message: 'this user has no home folder that could hold the state of the local Redis',
      hint: 'give --state FOLDER, or set XDG_STATE_HOME',
    });
  }
  const name = await localRedisName(configFile);
  return { stateDir: join(base, name), ...(home !== undefined && { noteDir: join(home, name) }) };
}

/** The URL of the Redis that a running `up` of this user has brought for a config file; absent: there is none. */
export async function findOwnRedis(env: Terminal['env'], configFile: string): Promise<string | undefined> {
  const home = stateFolder(env);
  return home === undefined ? undefined : findLocalRedis(join(home, await localRedisName(configFile)));
}

/** https://specifications.freedesktop.org/basedir-spec/latest/ says that a relative path is to be ignored. */
function stateFolder(env: Terminal['env']): string | undefined {
  const named = env.XDG_STATE_HOME;
  if (named !== undefined && isAbsolute(named)) return join(named, 'regfleet');
  const home = homeFolder(env);
  return home === undefined ? undefined : join(home, '.local', 'state', 'regfleet');
}
