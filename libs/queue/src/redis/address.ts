import { isIP } from 'node:net';
import { REDIS_DATABASE_HINT, redisDatabase, SyncError } from '@regfleet/model';
import type { RedisOptions } from 'ioredis';

export interface RedisAddress {
  /** For messages: no credentials. */
  readonly address: string;
  readonly options: RedisOptions;
}

const DEFAULT_PORT = 6379;

/**
 * @throws {SyncError} `REDIS_UNSUITABLE` when `url` is none of `redis:`, `rediss:`, `unix:`, has a `%` that begins no
 * character, or a database that is no number; never repeats the URL.
 */
export function parseRedisUrl(url: string): RedisAddress {
  const parsed = URL.parse(url);
  switch (parsed?.protocol) {
    case 'unix:':
      return socketAddress(parsed);
    case 'redis:':
    case 'rediss:': {
      const host = parsed.hostname.replace(/^\[|\]$/g, '') || '127.0.0.1';
      const port = parsed.port === '' ? DEFAULT_PORT : Number(parsed.port);
      const isTls = parsed.protocol === 'rediss:';
      const db = databaseOf(parsed);
      return {
        address: `${parsed.protocol}//${parsed.hostname || host}:${port}${db === undefined ? '' : `/${db}`}`,
        options: { host, port, ...access(parsed), ...(isTls && { tls: tlsOptions(host) }) },
      };
    }
    default:
      throw new SyncError('REDIS_UNSUITABLE', {
        message: 'the Redis URL is not one of redis://host:port, rediss://host:port, unix:///path',
        hint: 'check redis.url in the config, --redis and REGFLEET_REDIS_URL',
      });
  }
}

/** An address is no server name, and Node warns of one: RFC 6066, section 3. */
const tlsOptions = (host: string): { servername?: string } => (isIP(host) === 0 ? { servername: host } : {});

function socketAddress(url: URL): RedisAddress {
  const path = decoded(url.pathname);
  return { address: `unix://${path}`, options: { path, ...access(url) } };
}

function access(url: URL): RedisOptions {
  const db = databaseOf(url);
  return {
    ...(url.username !== '' && { username: decoded(url.username) }),
    ...(url.password !== '' && { password: decoded(url.password) }),
    ...(db !== undefined && { db }),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new SyncError('REDIS_UNSUITABLE', {
      message: 'the Redis URL has a % that begins no character',
      hint: 'write %25 for a % in a user name, password or path',
    });
  }
}

function databaseOf(url: URL): number | undefined {
  const database = redisDatabase(url);
  if (database !== 'invalid') return database;
  throw new SyncError('REDIS_UNSUITABLE', {
    message: 'the Redis URL names a database that is no number',
    hint: REDIS_DATABASE_HINT,
  });
}
