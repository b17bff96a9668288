/**
 * What an error that Redis answers means for the command that it refuses; nobody else judges by such a text.
 *
 * `wait`: nothing is wrong with the command, the server starts, fails over, is busy or full: it is to be sent again, over a new
 * connection, since the server behind this one may have become a replica, or be another one by now. `tell`: the same would be refused again.
 *
 * @see https://redis.io/docs/latest/develop/reference/protocol-spec/
 */
export type Meaning = 'wait' | 'tell';

const PASSING: ReadonlySet<string> = new Set([
  'ASK',
  'BUSY',
  'CLUSTERDOWN',
  'LOADING',
  'MASTERDOWN',
  'MISCONF',
  'MOVED',
  'NOREPLICAS',
  'OOM',
  'READONLY',
  'TRYAGAIN',
  'UNBLOCKED',
]);

// Up to Redis 6 a script that was refused says so in a sentence of its own; a transaction does so in all releases.
const WRAPPED =
  /^(?:ERR Error (?:running|compiling) script\b[^\n]{0,200}?: |EXECABORT Transaction discarded because of: )-?([A-Z]+)\b/;
const TOO_MANY_CLIENTS = /^ERR max number of clients reached/;

/** The word that an error begins with, also where a script or a transaction wraps it; `ERR` for whatever has no other. */
export function replyCode(message: string): string {
  return (WRAPPED.exec(message) ?? /^-?([A-Z]+)\b/.exec(message))?.[1] ?? 'ERR';
}

// A script's command that the user may not run, or a key or channel that it may not use: up to Redis 6 with the code NOPERM, as
// an ACL failure since Redis 7.2 and in Valkey.
const REFUSED_TO_SCRIPT = /^(?:ERR|NOPERM) (?:The user executing the script can't |ACL failure in script: )/;
// Where in which script: one cause would be told as often as there are scripts.
const PLACE_IN_SCRIPT = /\.? script: (?:[0-9a-f]{40}, )?on @\w+:\d+\.?$/;

/** Whether the user of the connection lacks a right: nothing but the operator changes that. */
export const isRefusalByRights = (message: string): boolean =>
  replyCode(message) === 'NOPERM' || REFUSED_TO_SCRIPT.test(message);

/** What is told of an error: the same of the same cause, whichever script met it. */
export const tellable = (message: string): string => message.replace(PLACE_IN_SCRIPT, '.');

/** Whether the server takes no further connection; those that are open go on. */
export const isTooManyClients = (message: string): boolean => TOO_MANY_CLIENTS.test(message);

/** Whether a server without a password was given one. */
export const isUnwantedPassword = (message: string): boolean =>
  /no password is set|without any password configured/.test(message);

export const meaningOf = (message: string): Meaning =>
  PASSING.has(replyCode(message)) || isTooManyClients(message) ? 'wait' : 'tell';
