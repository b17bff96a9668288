import { clip, SyncError } from '@regfleet/model';
import { z } from 'zod';
import { redisTrouble } from './trouble.ts';

const SHOWN_LENGTH = 200;

// What ioredis throws when Redis refuses a command.
const wrongTypeSchema = z.object({
  message: z.string().startsWith('WRONGTYPE'),
  command: z.object({ name: z.string(), args: z.array(z.unknown()) }),
});

/**
 * `error`, except where Redis refuses the command or did not answer, and where it says that a key is of another type than the
 * command needs: repeating that cannot help.
 *
 * @returns then a `REDIS_UNREACHABLE` or `REDIS_UNSUITABLE`, for a wrong type one that names the key, for a script the first one
 *   of several.
 */
export function explainReply(error: unknown): unknown {
  const { command } = wrongTypeSchema.safeParse(error).data ?? {};
  if (command === undefined) return redisTrouble(error) ?? error;
  const isScript = command.name.startsWith('eval');
  const key = clip(String(command.args[isScript ? 2 : 0]), SHOWN_LENGTH);
  return new SyncError('REDIS_UNSUITABLE', {
    message: `Redis holds something else than Regfleet would write in ${isScript ? 'a key that goes with ' : ''}${key}`,
    hint: 'find out what else writes below this prefix, and delete the key: what it should hold comes back by itself',
    cause: error,
  });
}

/** @throws {SyncError} as `explainReply` makes it; whatever else `reply` rejects with, as it is. */
export const explained = <T>(reply: Promise<T>): Promise<T> =>
  reply.catch((error: unknown) => {
    throw explainReply(error);
  });
