import {
  isRedisUrlProblem,
  type RedisAccess,
  type RedisPlace,
  readRedisUrl,
  SyncError,
  showRedisPlace,
} from '@regfleet/model';

/** Where Redis is, and what goes with it. */
export interface RedisTarget {
  readonly place: RedisPlace;
  /** For messages: no credentials. */
  readonly address: string;
  /** The files are read for each connection. */
  readonly access: RedisAccess;
}

/**
 * @param access - what stands beside the URL; absent: nothing.
 * @throws {SyncError} `REDIS_UNSUITABLE` when `url` is no URL of a Redis; never repeats it.
 */
export function redisTarget(url: string, access: RedisAccess = {}): RedisTarget {
  const place = readRedisUrl(url);
  if (!isRedisUrlProblem(place)) return { place, address: showRedisPlace(place), access };
  throw new SyncError('REDIS_UNSUITABLE', {
    message: `the Redis URL of redis.url in the config, --redis or REGFLEET_REDIS_URL cannot be used: ${place.message}`,
    hint: place.hint,
  });
}
