/** One end of a connection. */
export interface RedisServer {
  /** A name, or an address without brackets. */
  readonly host: string;
  readonly port: number;
}

interface RedisLogin {
  readonly username?: string;
  readonly password?: string;
  readonly db?: number;
}

/** What a Redis URL names. */
export type RedisPlace = RedisLogin &
  (
    | { readonly kind: 'socket'; readonly path: string }
    | { readonly kind: 'server'; readonly isTls: boolean; readonly server: RedisServer }
    | {
        readonly kind: 'sentinel';
        readonly isTls: boolean;
        readonly sentinels: readonly RedisServer[];
        /** By which the Sentinels know the primary. */
        readonly name: string;
      }
  );

/** Why a text is no Redis URL; the text may hold a password and is not for messages. */
export interface RedisUrlProblem {
  readonly rule: 'redis-url-invalid' | 'redis-database-invalid';
  readonly message: string;
  readonly hint: string;
}

/** Files and names that stand beside the URL; absolute paths. */
export interface RedisAccess {
  /** Certificates of the CAs that are trusted in place of the usual ones. */
  readonly ca?: string;
  /** Of the client, with `key`. */
  readonly cert?: string;
  readonly key?: string;
  readonly username?: string;
  readonly passwordFile?: string;
  readonly sentinelUsername?: string;
  readonly sentinelPasswordFile?: string;
}

const DEFAULT_PORT = 6379;
const DEFAULT_SENTINEL_PORT = 26_379;

// As many digits as any Redis reads.
const NUMBER = /^\d{1,9}$/;
const SENTINEL_URL = /^(rediss?)\+sentinel:\/\/([^/?#]*)\/([^/?#]+)(?:\/([^/?#]*))?(?:\?([^#]*))?$/;
const HOST = /^(?:\[([0-9a-f:.]+)\]|([^:[\]@\s]+))(?::(\d{1,5}))?$/i;
const LAST_PORT = 65_535;

const NOT_A_URL: RedisUrlProblem = {
  rule: 'redis-url-invalid',
  message: 'not the address of a Redis',
  hint: 'write redis://host:port, rediss://host:port, redis+sentinel://host:port,host:port/NAME or unix:///path/to/socket; encode special characters of a password as in any URL',
};
const NO_CHARACTER: RedisUrlProblem = {
  rule: 'redis-url-invalid',
  message: 'the URL has a % that begins no character',
  hint: 'write %25 for a % in a user name, password or path',
};
const NO_DATABASE: RedisUrlProblem = {
  rule: 'redis-database-invalid',
  message: 'the URL names a database that is no number',
  hint: 'write the number of the database behind the host, as in redis://host:6379/3, or leave it out; encode a / of a password as %2F',
};

/**
 * Reads a Redis URL: `redis:`, `rediss:` (TLS), `unix:`, and `redis+sentinel:` or `rediss+sentinel:` with one host or several and
 * the name of a primary. The database is `/3` behind them, or `?db=3` of any.
 */
export function readRedisUrl(text: string): RedisPlace | RedisUrlProblem {
  try {
    return SENTINEL_URL.test(text) ? readSentinelUrl(text) : readPlainUrl(text);
  } catch (error) {
    if (error instanceof URIError) return NO_CHARACTER;
    throw error;
  }
}

export const isRedisUrlProblem = (read: RedisPlace | RedisUrlProblem): read is RedisUrlProblem =>
  'rule' in read;

function readPlainUrl(text: string): RedisPlace | RedisUrlProblem {
  const url = URL.parse(text);
  const scheme = url?.protocol;
  if (url === null || (scheme !== 'unix:' && scheme !== 'redis:' && scheme !== 'rediss:')) return NOT_A_URL;
  const db = databaseOf(url.searchParams, scheme === 'unix:' ? '' : url.pathname.slice(1));
  if (db === 'invalid') return NO_DATABASE;
  const login = loginOf(url.username, url.password, db);
  if (scheme === 'unix:') {
    const path = decodeURIComponent(url.pathname);
    return path.length > 1 ? { kind: 'socket', path, ...login } : NOT_A_URL;
  }
  if (url.hostname === '') return NOT_A_URL;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? DEFAULT_PORT : Number(url.port);
  return { kind: 'server', isTls: scheme === 'rediss:', server: { host, port }, ...login };
}

function readSentinelUrl(text: string): RedisPlace | RedisUrlProblem {
  const [, scheme, authority = '', name = '', path = '', query = ''] = SENTINEL_URL.exec(text) ?? [];
  const at = authority.lastIndexOf('@');
  const [, username = '', password = ''] = /^([^:]*):?(.*)$/s.exec(authority.slice(0, Math.max(at, 0))) ?? [];
  const sentinels = authority
    .slice(at + 1)
    .split(',')
    .map(sentinelOf);
  if (!sentinels.every((sentinel) => sentinel !== undefined)) return NOT_A_URL;
  const db = databaseOf(new URLSearchParams(query), path);
  if (db === 'invalid') return NO_DATABASE;
  return {
    kind: 'sentinel',
    isTls: scheme === 'rediss',
    sentinels,
    name: decodeURIComponent(name),
    ...loginOf(username, password, db),
  };
}

function sentinelOf(text: string): RedisServer | undefined {
  const [, address, name, digits] = HOST.exec(text) ?? [];
  const host = address ?? name;
  const port = digits === undefined ? DEFAULT_SENTINEL_PORT : Number(digits);
  return host === undefined || port === 0 || port > LAST_PORT ? undefined : { host, port };
}

function loginOf(username: string, password: string, db: number | undefined): RedisLogin {
  return {
    ...(username !== '' && { username: decodeURIComponent(username) }),
    ...(password !== '' && { password: decodeURIComponent(password) }),
    ...(db !== undefined && { db }),
  };
}

/** `invalid` may be the end of a password. */
function databaseOf(query: URLSearchParams, path: string): number | 'invalid' | undefined {
  const text = query.get('db') ?? path;
  if (text === '') return undefined;
  return NUMBER.test(text) ? Number(text) : 'invalid';
}

/**
 * The place without credentials, for messages.
 *
 * @returns e.g. `redis://host:6379/3`, `redis+sentinel://a,b:26380/NAME`, `unix:///run/redis.sock`.
 */
export function showRedisPlace(place: RedisPlace): string {
  if (place.kind === 'socket') return `unix://${place.path}`;
  const scheme = place.isTls ? 'rediss' : 'redis';
  const database = place.db === undefined ? '' : `/${place.db}`;
  if (place.kind === 'server') return `${scheme}://${showServer(place.server)}${database}`;
  const hosts = place.sentinels.map((sentinel) =>
    sentinel.port === DEFAULT_SENTINEL_PORT ? bracketed(sentinel.host) : showServer(sentinel),
  );
  return `${scheme}+sentinel://${hosts.join(',')}/${place.name}${database}`;
}

/** `host:port`. */
export const showServer = ({ host, port }: RedisServer): string => `${bracketed(host)}:${port}`;

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);
