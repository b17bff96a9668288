import { clip, isSyncError, redact, SyncError } from '@regfleet/model';
import { isRefusalByRights, meaningOf, replyCode, tellable } from './reply.ts';
import { tlsTrouble, WANTS_TLS } from './tls-trouble.ts';

// Of a reply, which may repeat what somebody else has written into Redis.
const SHOWN_LENGTH = 300;

/** Why Redis cannot be used, told behind a colon, and what to do. */
interface Cause {
  readonly code: 'REDIS_UNREACHABLE' | 'REDIS_UNSUITABLE';
  readonly what: string;
  readonly hint: string;
}

interface Advice {
  /** Absent: the text of the failure itself. */
  readonly what?: string;
  readonly hint: string;
}

const LOOK_AT_REDIS = 'the same may work when Redis is well again: look at its log, memory and replication';
const LOGIN = 'check user name and password: of the Redis URL, or redis.username and redis.password-file';
const WHERE = 'check that Redis runs there and that redis.url, --redis or REGFLEET_REDIS_URL names it';
const RIGHTS = 'let the Redis user run all commands below the prefix, use all channels there, and run INFO';
export const NO_CLUSTER =
  'use a Redis that is no cluster, alone or with replicas behind Sentinel (redis+sentinel://); of a managed service, one with cluster mode disabled';

/** By the code of a reply. */
const ON_REPLY: Readonly<Record<string, string>> = {
  ASK: NO_CLUSTER,
  BUSY: 'a script keeps Redis busy: `redis-cli SCRIPT KILL` ends it',
  CLUSTERDOWN: NO_CLUSTER,
  CROSSSLOT: NO_CLUSTER,
  DENIED: 'give that Redis a password, or let it listen for this host only',
  LOADING: 'Redis reads its data from disk, and answers when it has',
  MISCONF: 'Redis cannot save to its disk and takes no writes: look at its log and its disk',
  MOVED: NO_CLUSTER,
  NOAUTH: LOGIN,
  NOPERM: RIGHTS,
  NOREPLICAS: 'Redis waits for its replicas: see its min-replicas-to-write',
  OOM: 'Redis is full: give it more memory (maxmemory)',
  READONLY: 'this is a replica: the Redis URL has to lead to the primary',
  WRONGPASS: LOGIN,
};

/** By what an `ERR` says. */
const ON_ERR: readonly (readonly [RegExp, string])[] = [
  [
    /DB index is out of range|invalid DB index/,
    'name a database that this Redis has: `redis-cli CONFIG GET databases` says how many',
  ],
  [/SELECT is not allowed in cluster mode/, NO_CLUSTER],
  [
    /^ERR unknown command/,
    'is this a Sentinel, or something that is not quite Redis? Name the port of the Redis itself; no command may be renamed',
  ],
  [/^ERR (?:invalid password|AUTH|wrong number of arguments for 'auth')/, LOGIN],
  [/^ERR max number of clients/, 'see maxclients of that Redis, and what else is connected to it'],
];

const REFUSED: Advice = { what: 'nothing listens there', hint: WHERE };
const UNKNOWN_HOST: Advice = {
  what: 'this machine knows no such host',
  hint: 'check the host of the Redis URL',
};
const NO_ROUTE: Advice = { what: 'there is no way to that host', hint: 'check host, network and firewall' };
// It may have said why: a connection that breaks under our first command loses what was not read yet.
const CUT: Cause = {
  code: 'REDIS_UNREACHABLE',
  what: 'it closes each connection at once',
  hint: 'see maxclients of that Redis, what else is connected to it, its log, and whether it wants TLS (rediss://)',
};

/** By the code of a failed connection: https://nodejs.org/api/errors.html */
const ON_CONNECTING: Readonly<Record<string, Advice>> = {
  EACCES: { what: 'this user may not open the socket', hint: 'see who owns it, and its permissions' },
  EAI_AGAIN: { what: 'the host could not be looked up', hint: 'check the name service of this machine' },
  ECONNREFUSED: REFUSED,
  ECONNRESET: {
    hint: 'check whether that Redis wants TLS (rediss://) or not (redis://), and proxies between',
  },
  EHOSTUNREACH: NO_ROUTE,
  ENETUNREACH: NO_ROUTE,
  ENOENT: { what: 'there is no such socket', hint: WHERE },
  ENOTFOUND: UNKNOWN_HOST,
  EPIPE: CUT,
  ETIMEDOUT: { what: 'the attempt to connect timed out', hint: 'check host, port and firewall' },
};

// Waiting a few seconds changes none of these.
const LASTING = /^(?:ENOTFOUND|EPROTO|ERR_SSL_|ERR_TLS_|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/;
// The beginning of what a server with TLS says to whom it does not understand: RFC 8446, section 5.1.
const TLS_ALERT = /got "\\u0015"/;

// How the client's connection ends under a command: https://github.com/redis/ioredis
const CONNECTION_LOST = /^(?:Command aborted due to connection close|Connection is closed\.)$/;

const codeOf = (error: Error): string =>
  'code' in error && typeof error.code === 'string' ? error.code : '';

const text = (error: Error): string =>
  clip(redact(tellable(error.message) || codeOf(error) || error.name), SHOWN_LENGTH);

/** Something that the server said: the client calls such errors so wherever they come from. */
const isReply = (error: Error | undefined): boolean => error?.name === 'ReplyError';

/** Whether nothing but the operator ends this failure to connect. */
export const isLasting = (error: Error): boolean => LASTING.test(codeOf(error));

/**
 * That Redis refuses `error`'s command or gave it no answer, as an error of ours: it is about Redis, never about the work for
 * which it was asked.
 *
 * @returns `REDIS_UNREACHABLE` where it may pass, else `REDIS_UNSUITABLE`; absent for anything else, replies about the data
 *   of one key included.
 */
export function redisTrouble(error: unknown, redis = 'Redis'): SyncError | undefined {
  if (!(error instanceof Error)) return undefined;
  if (isReply(error)) {
    const cause = refusal(error);
    return cause && troubleOf(`${redis} refuses a command`, cause, error);
  }
  if (!CONNECTION_LOST.test(error.message)) return undefined;
  const what = 'the connection was lost under a command';
  return troubleOf(`${redis} did not answer`, { code: 'REDIS_UNREACHABLE', what, hint: WHERE }, error);
}

/** A command that Redis answered with an error, or whose connection was lost, as an error of ours; anything else is given back. */
export function redisRefusal(error: unknown, redis: string): unknown {
  const trouble = redisTrouble(error, redis);
  if (trouble !== undefined || !(error instanceof Error) || !isReply(error)) return trouble ?? error;
  return troubleOf(`${redis} refuses a command`, refusalByRights(error), error);
}

/** What Redis refuses while it answers, as an error of ours: a command for want of a right, or a further connection. */
export const refusedWhileAnswering = (error: Error, redis: string): SyncError =>
  isReply(error)
    ? troubleOf(`${redis} refuses a command`, refusal(error) ?? refusalByRights(error), error)
    : troubleOf(`${redis} takes no further connection`, CUT, error);

/**
 * Why there is no connection, or none that serves.
 *
 * @param error - absent: nothing was heard.
 * @param deadlineMs - how long it was tried; absent: it still is.
 */
export function connectingTrouble(error: Error | undefined, redis: string, deadlineMs?: number): SyncError {
  const cause = error === undefined ? SILENT : causeOf(error);
  const refuses = isReply(error) ? `${redis} refuses us` : `${redis} cannot be reached`;
  return troubleOf(
    deadlineMs === undefined ? refuses : `${redis} did not answer within ${deadlineMs} ms`,
    cause,
    error,
  );
}

const troubleOf = (what: string, cause: Cause, error: Error | undefined): SyncError =>
  new SyncError(cause.code, { message: `${what}: ${cause.what}`, hint: cause.hint, cause: error });

const SILENT: Cause = {
  code: 'REDIS_UNREACHABLE',
  what: 'nothing was heard',
  hint: 'check host, port and firewall, what is between, and the scheme: rediss:// with TLS, redis:// without TLS',
};

function causeOf(error: Error): Cause {
  if (isSyncError(error)) return causeFound(error);
  if (isReply(error)) return refusal(error) ?? refusalByRights(error);
  if (error.name === 'ParserError') {
    if (TLS_ALERT.test(error.message)) return WANTS_TLS;
    const what = `what answers does not speak as Redis does: ${text(error).replace(/\. Please report this\.?/, '')}`;
    return { code: 'REDIS_UNSUITABLE', what, hint: 'check host and port' };
  }
  const code = codeOf(error);
  const ofTls = tlsTrouble(code);
  if (ofTls !== undefined) {
    // OpenSSL's own texts are addresses and names of its functions.
    const why = code.startsWith('ERR_SSL_') ? ` (${code})` : `: ${text(error)}`;
    return { ...ofTls, what: `${ofTls.what}${why}` };
  }
  const { what, hint } = ON_CONNECTING[code] ?? { hint: WHERE };
  return {
    code: 'REDIS_UNREACHABLE',
    what: what === undefined ? text(error) : `${what} (${code})`,
    hint,
  };
}

/** What was found out before there was a connection. */
const causeFound = ({ code, message, hint = WHERE }: SyncError): Cause => ({
  code: code === 'REDIS_UNSUITABLE' ? code : 'REDIS_UNREACHABLE',
  what: message,
  hint,
});

/** Absent for a reply about the data of one key. */
function refusal(error: Error): Cause | undefined {
  const code = replyCode(error.message);
  // The reason is told by another command of the same transaction.
  const mayPass = meaningOf(error.message) === 'wait' || code === 'EXECABORT';
  const hint = isRefusalByRights(error.message)
    ? RIGHTS
    : (ON_REPLY[code] ?? ON_ERR.find(([pattern]) => pattern.test(error.message))?.[1]);
  if (hint === undefined && !mayPass) return undefined;
  return {
    // Another server may stand behind the address later; a process that starts has no reason to wait for that.
    code: mayPass && code !== 'MOVED' && code !== 'ASK' ? 'REDIS_UNREACHABLE' : 'REDIS_UNSUITABLE',
    what: text(error),
    hint: hint ?? LOOK_AT_REDIS,
  };
}

const refusalByRights = (error: Error): Cause => ({
  code: 'REDIS_UNSUITABLE',
  what: text(error),
  hint: 'let the Redis user run all commands below the prefix, and let nobody else write there',
});
