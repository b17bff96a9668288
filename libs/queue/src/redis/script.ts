import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { explained, explainReply } from './wrong-type.ts';

/** A Lua script, run atomically inside Redis. */
export interface Script {
  readonly lua: string;
  readonly sha: string;
}

export function script(...parts: readonly string[]): Script {
  const lua = parts.join('\n');
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}

/** @throws {SyncError} `REDIS_UNSUITABLE` where a key is of another type than the script needs; whatever else Redis says, as it is. */
export async function runScript(
  client: Redis,
  { lua, sha }: Script,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  try {
    return await client.evalsha(sha, keys.length, ...keys, ...args);
  } catch (error) {
    // Redis forgets scripts when it restarts.
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw explainReply(error);
  }
  return await explained(client.eval(lua, keys.length, ...keys, ...args));
}
