import { clip, type Logger, SyncError, toSyncError } from '@regfleet/model';
import type { Redis } from 'ioredis';
import type { Keys } from './keys.ts';
import { explained } from './wrong-type.ts';

/** Of all keys of ours; to be raised when a release can no longer read what the one before has written. */
export const LAYOUT = '2';

/** Of the first releases, which did not always say so. */
const FIRST_LAYOUT = '1';

// Whoever can write to Redis chose the number that is found.
const SHOWN_LENGTH = 20;

/**
 * Checks that the keys of the prefix are laid out as this release reads them. Changes nothing.
 *
 * @throws {SyncError} `REDIS_UNSUITABLE` where they are laid out otherwise.
 */
export async function checkLayout(client: Redis, keys: Keys): Promise<void> {
  const found = (await explained(client.get(keys.layout))) ?? (await unnumbered(client, keys));
  if (found === undefined || found === LAYOUT) return;
  throw new SyncError('REDIS_UNSUITABLE', {
    message: `what Redis keeps below ${keys.root} has layout ${clip(found, SHOWN_LENGTH)}, and this release reads layout ${LAYOUT}`,
    hint: `give redis.prefix another value, or stop every process of that fleet and remove all keys that begin with ${keys.root}: what is lost are comparisons, histories of runs and copies that wait`,
  });
}

/** Whoever writes one of these keys by this layout says so before. @returns absent: nothing of ours is there. */
async function unnumbered(client: Redis, keys: Keys): Promise<string | undefined> {
  const found = await client.exists(keys.lanes, keys.tasks, keys.allRuns);
  return found > 0 ? FIRST_LAYOUT : undefined;
}

/** Says how the keys of the prefix are laid out, where nobody has yet; again after Redis has lost it. */
export async function noteLayout(client: Redis, keys: Keys, logger: Logger): Promise<void> {
  try {
    await client.set(keys.layout, LAYOUT, 'NX');
  } catch (error) {
    logger.debug({ error: toSyncError(error) }, 'the layout is noted the next time');
  }
}
