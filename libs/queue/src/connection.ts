import { keepSecret, type Logger, redact, SyncError } from '@regfleet/model';
import { Redis } from 'ioredis';
import { parseRedisUrl } from './address.ts';
import type { ConnectOptions } from './contract.ts';
import { TIMED_OUT, within } from './within.ts';

const PING_MS = 2_000;
const RECONNECT_MAX_MS = 5_000;

/** The connection that a process shares among everything but blocking reads and subscriptions. */
export class Connection {
  readonly client: Redis;
  readonly address: string;
  #isClosed = false;

  constructor(client: Redis, address: string) {
    this.client = client;
    this.address = address;
  }

  get isConnected(): boolean {
    return this.client.status === 'ready' && !this.#isClosed;
  }

  async ping(): Promise<void> {
    if (!this.isConnected || (await within(this.client.ping(), PING_MS)) === TIMED_OUT) {
      throw unreachable(this.address, PING_MS);
    }
  }

  /** Returns also when Redis is gone. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.client.status === 'ready') await within(this.client.quit(), PING_MS).catch(() => undefined);
    this.client.disconnect();
  }
}

const unreachable = (address: string, deadlineMs: number, cause?: unknown): SyncError =>
  new SyncError('REDIS_UNREACHABLE', {
    message: `Redis at ${address} did not answer within ${deadlineMs} ms`,
    hint: 'check that Redis runs there and that redis.url, --redis or REGFLEET_REDIS_URL names it',
    cause,
  });

/**
 * @throws {SyncError} `REDIS_UNREACHABLE` after the deadline; `REDIS_UNSUITABLE` when Redis refuses us or may evict keys.
 */
export async function openConnection(options: ConnectOptions): Promise<Connection> {
  const { address, options: redisOptions } = parseRedisUrl(options.url);
  if (redisOptions.password) keepSecret(redisOptions.password, redisOptions.username);
  const client = new Redis({
    ...redisOptions,
    // BullMQ's requirement: a command waits for Redis to come back instead of failing.
    maxRetriesPerRequest: null,
    retryStrategy: (times) => Math.min(100 * 2 ** Math.min(times, 10), RECONNECT_MAX_MS),
    lazyConnect: true,
  });
  let lastError: Error | undefined;
  client.on('error', (error) => {
    lastError = error;
    logTrouble(options.logger, address, error);
  });
  // `connect` rejects on the first failure while ioredis goes on trying.
  client.connect().catch(() => undefined);
  try {
    const { deadlineMs, signal } = options;
    const ready = unlessAborted(firstAnswer(client, address), signal);
    if (deadlineMs === undefined) await ready;
    else if ((await within(ready, deadlineMs)) === TIMED_OUT)
      throw unreachable(address, deadlineMs, lastError);
    checkPolicy(await evictionPolicy(client, address), address);
    return new Connection(client, address);
  } catch (error) {
    client.disconnect();
    throw error;
  }
}

async function unlessAborted(answer: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return answer;
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.race([answer, promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function logTrouble(logger: Logger, address: string, error: Error): void {
  logger.warn({ address, error: redact(error.message) }, 'trouble with redis');
}

async function firstAnswer(client: Redis, address: string): Promise<void> {
  try {
    await client.ping();
  } catch (error) {
    const reply = error instanceof Error ? redact(error.message) : String(error);
    throw new SyncError('REDIS_UNSUITABLE', {
      message: `Redis at ${address} refuses us: ${reply}`,
      hint: 'check user name, password and TLS of the Redis URL',
      cause: error,
    });
  }
}

/** A Redis that evicts keys loses jobs without a word. */
function checkPolicy(policy: string | undefined, address: string): void {
  if (policy === undefined || policy === 'noeviction') return;
  throw new SyncError('REDIS_UNSUITABLE', {
    message: `Redis at ${address} may drop jobs: its maxmemory-policy is ${policy}`,
    hint: 'set maxmemory-policy noeviction, or use a Redis of its own',
  });
}

/** Absent where the server does not tell: managed ones often forbid CONFIG. */
async function evictionPolicy(client: Redis, address: string): Promise<string | undefined> {
  const info = await memoryInfo(client, address);
  const fromConfig = await client.config('GET', 'maxmemory-policy').catch(() => undefined);
  if (Array.isArray(fromConfig) && typeof fromConfig[1] === 'string') return fromConfig[1];
  return /^maxmemory_policy:(\S+)/m.exec(info)?.[1];
}

/** Asked of every Redis: BullMQ asks, too, and one of its workers that is refused the answer spins for ever. */
async function memoryInfo(client: Redis, address: string): Promise<string> {
  try {
    return await client.info('memory');
  } catch (error) {
    const reply = error instanceof Error ? redact(error.message) : String(error);
    throw new SyncError('REDIS_UNSUITABLE', {
      message: `Redis at ${address} refuses us the command INFO: ${reply}`,
      hint: 'let the user of the Redis URL run it: ACL SETUSER <user> +info',
      cause: error,
    });
  }
}
