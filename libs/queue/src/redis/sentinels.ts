import type { ConnectionOptions } from 'node:tls';
import { isSyncError, type RedisServer, SyncError, showServer } from '@regfleet/model';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { isUnwantedPassword, replyCode } from './reply.ts';
import { type Login, tlsTo } from './secrets.ts';
import { connectingTrouble } from './trouble.ts';

export interface Sentinels {
  readonly servers: readonly RedisServer[];
  /** By which they know the primary. */
  readonly name: string;
  readonly login: Login;
  /** Absent: no TLS. */
  readonly tls: ConnectionOptions | undefined;
}

// They are near, and there are others to ask.
const ANSWER_MS = 1_000;

// https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/
const addressSchema = z
  .tuple([
    z.string().min(1),
    z
      .string()
      .regex(/^\d{1,5}$/)
      .transform(Number),
  ])
  .nullable();

/**
 * Where the first Sentinel that knows says that the primary is.
 *
 * @throws {SyncError} `REDIS_UNREACHABLE` where another try may tell more, else `REDIS_UNSUITABLE`; says what each of them did.
 */
export async function findPrimary(sentinels: Sentinels): Promise<RedisServer> {
  const failures: SyncError[] = [];
  for (const server of sentinels.servers) {
    try {
      return await ask(server, sentinels);
    } catch (error) {
      failures.push(failureOf(error, server));
    }
  }
  const mayPass = failures.find(({ code }) => code === 'REDIS_UNREACHABLE');
  throw new SyncError(mayPass === undefined ? 'REDIS_UNSUITABLE' : 'REDIS_UNREACHABLE', {
    message: failures.map(({ message }) => message).join('; '),
    hint: (mayPass ?? failures[0])?.hint,
    cause: (mayPass ?? failures[0])?.cause,
  });
}

async function ask(server: RedisServer, { name, login, tls }: Sentinels): Promise<RedisServer> {
  const client = new SentinelClient({
    ...server,
    ...login,
    ...(tls && { tls: tlsTo(server.host, tls) }),
    lazyConnect: true,
    retryStrategy: null,
    enableReadyCheck: false,
    disableClientInfo: true,
    connectTimeout: ANSWER_MS,
    commandTimeout: ANSWER_MS,
  });
  let cause: Error | undefined;
  client.on('error', (error) => {
    cause ??= error;
  });
  try {
    const told = addressSchema.parse(await client.call('SENTINEL', 'get-master-addr-by-name', name));
    if (told !== null) return { host: told[0], port: told[1] };
  } catch (error) {
    throw cause ?? error;
  } finally {
    client.disconnect();
  }
  throw new SyncError('REDIS_UNSUITABLE', {
    message: `the Sentinel ${showServer(server)} watches no primary named ${name}`,
    hint: 'name it in redis.url as `sentinel monitor NAME` of its configuration does: redis+sentinel://host,host/NAME',
  });
}

/** Sends its password also to a Sentinel that wants none, which ioredis would print past the log. */
class SentinelClient extends Redis {
  override handleReconnection(error: Error, sent: Parameters<Redis['handleReconnection']>[1]): void {
    if (sent.command.name === 'auth' && isUnwantedPassword(error.message)) sent.command.resolve('OK');
    else super.handleReconnection(error, sent);
  }
}

function failureOf(error: unknown, server: RedisServer): SyncError {
  if (isSyncError(error)) return error;
  const told = connectingTrouble(
    error instanceof Error && error.message !== 'Command timed out' ? error : undefined,
    `the Sentinel ${showServer(server)}`,
  );
  const hint = error instanceof Error ? sentinelHint(error.message) : undefined;
  return hint === undefined ? told : new SyncError(told.code, { message: told.message, hint, cause: error });
}

function sentinelHint(message: string): string | undefined {
  if (/^ERR unknown command/.test(message))
    return 'this is no Sentinel: name one, or write redis:// or rediss:// for the Redis itself';
  return /^(?:NOAUTH|WRONGPASS|NOPERM)$/.test(replyCode(message))
    ? 'check redis.sentinel-username and redis.sentinel-password-file: the password of the URL is for the Redis behind the Sentinels'
    : undefined;
}
