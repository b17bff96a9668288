// As many digits as any Redis reads.
const NUMBER = /^\d{1,9}$/;

/**
 * The database that a Redis URL names: `/3` of `redis://` and `rediss://`, `?db=3` of any.
 *
 * @returns absent where it names none; `invalid` where what stands there is no number. It may then be the end of a password, so
 *   it is not for messages.
 */
export function redisDatabase(url: URL): number | 'invalid' | undefined {
  const path = url.protocol === 'unix:' ? '' : url.pathname.slice(1);
  const text = url.searchParams.get('db') ?? path;
  if (text === '') return undefined;
  return NUMBER.test(text) ? Number(text) : 'invalid';
}

export const REDIS_DATABASE_HINT =
  'write the number of the database behind the host, as in redis://host:6379/3, or leave it out; encode a / of a password as %2F';
