import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { isSyncError, keepSecret, type RedisAccess, SyncError } from '@regfleet/model';
import type { RedisTarget } from './address.ts';

export interface Login {
  readonly username?: string;
  readonly password?: string;
}

/** What one connection shows of itself, and whom it trusts. */
export interface ConnectionSecrets {
  readonly login: Login;
  readonly sentinelLogin: Login;
  /** Absent: no TLS. */
  readonly tls?: ConnectionOptions;
}

/**
 * What goes with a target, as its files are at the moment.
 *
 * Not asynchronous: between this and the connection that is made with it nothing else is to happen to the client.
 *
 * @throws {SyncError} `REDIS_UNSUITABLE` where a file cannot be read or used; names the file.
 */
export function readSecrets({ place, access }: RedisTarget): ConnectionSecrets {
  const isTls = place.kind !== 'socket' && place.isTls;
  const password = passwordIn(access.passwordFile, 'password-file') ?? place.password;
  const sentinelPassword = passwordIn(access.sentinelPasswordFile, 'sentinel-password-file');
  return {
    login: loginOf(access.username ?? place.username, password),
    sentinelLogin: loginOf(access.sentinelUsername, sentinelPassword),
    ...(isTls && { tls: tlsOf(access) }),
  };
}

/** An address is no server name, and Node warns of one: RFC 6066, section 3. */
export const tlsTo = (host: string, tls: ConnectionOptions): ConnectionOptions =>
  isIP(host) === 0 ? { ...tls, servername: host } : tls;

function loginOf(username: string | undefined, password: string | undefined): Login {
  if (password !== undefined) keepSecret(password, username);
  return { ...(username !== undefined && { username }), ...(password !== undefined && { password }) };
}

/** Editors and `echo` end a file with one line end that nobody means. */
function passwordIn(path: string | undefined, key: string): string | undefined {
  const password = contentOf(path, key)?.replace(/\r?\n$/, '');
  if (path !== undefined && password === '') throw unusable(path, key, 'it is empty');
  return password;
}

function tlsOf(access: RedisAccess): ConnectionOptions {
  const [ca, cert, key] = [
    contentOf(access.ca, 'ca'),
    contentOf(access.cert, 'cert'),
    contentOf(access.key, 'key'),
  ];
  if (ca !== undefined) checked(access.ca, 'ca', () => new X509Certificate(ca));
  checked(access.cert, 'cert', () => {
    if (cert === undefined || key === undefined) return;
    const privateKey = checked(access.key, 'key', () => createPrivateKey(key));
    if (!new X509Certificate(cert).checkPrivateKey(privateKey))
      throw new TypeError('redis.key does not belong to it');
  });
  return { ...(ca !== undefined && { ca }), ...(cert !== undefined && key !== undefined && { cert, key }) };
}

const contentOf = (path: string | undefined, key: string): string | undefined =>
  path === undefined ? undefined : checked(path, key, () => readFileSync(path, 'utf8'));

function checked<Result>(path: string | undefined, key: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (isSyncError(error)) throw error;
    throw unusable(path, key, error instanceof Error ? error.message : String(error));
  }
}

const unusable = (path: string | undefined, key: string, why: string): SyncError =>
  new SyncError('REDIS_UNSUITABLE', {
    message: `the file ${path} of redis.${key} cannot be used: ${why}`,
    hint: 'is it mounted there, has it been filled, and may this process read it? It is read again for each connection',
  });
