import { type Logger, type RedisAccess, redact, SyncError, within } from '@regfleet/model';
import type { Redis } from 'ioredis';
import { redisTarget } from './address.ts';
import { Answers } from './answers.ts';
import type { Keys } from './keys.ts';
import { checkLayout } from './layout.ts';
import { SteadyRedis } from './steady-redis.ts';
import { connectingTrouble, isLasting, NO_CLUSTER } from './trouble.ts';

export interface ConnectOptions {
  /** Of any kind that `readRedisUrl` reads; may hold a password. */
  readonly url: string;
  /** What stands beside the URL; absent: nothing. */
  readonly access?: RedisAccess;
  /** Key prefix without braces. */
  readonly prefix: string;
  readonly logger: Logger;
  /** How long to wait for Redis before giving up; absent: for ever, logging. */
  readonly deadlineMs?: number;
  /** Aborting gives up waiting; `connectFleet` then rejects with the reason. */
  readonly signal?: AbortSignal;
}

const QUIT_MS = 2_000;
// A host that drops packets is told as such within the deadline of a command.
const CONNECT_MS = 4_000;

/** The connection that a process shares among everything but blocking reads and subscriptions. */
export class Connection {
  readonly client: Redis;
  readonly address: string;
  readonly #answers: Answers;
  #isClosed = false;

  constructor(client: Redis, address: string, answers: Answers) {
    this.client = client;
    this.address = address;
    this.#answers = answers;
  }

  get isAnswering(): boolean {
    return this.client.status === 'ready' && !this.#isClosed && !this.#answers.isWaitedFor;
  }

  get answeredAtMs(): number {
    return this.#answers.lastAtMs;
  }

  get trouble(): SyncError | undefined {
    return this.#answers.trouble;
  }

  /** Returns also when Redis is gone. */
  async close(): Promise<void> {
    const { isAnswering } = this;
    this.#isClosed = true;
    this.#answers.end();
    if (isAnswering) await within(this.client.quit(), QUIT_MS).catch(() => undefined);
    this.client.disconnect();
  }
}

/**
 * @throws {SyncError} `REDIS_UNREACHABLE` with its cause after the deadline, and at once where waiting for it cannot help;
 *   `REDIS_UNSUITABLE` when Redis refuses us, may evict keys, or keeps them laid out otherwise.
 */
export async function openConnection(options: ConnectOptions, keys: Keys): Promise<Connection> {
  const { probe } = keys;
  const target = redisTarget(options.url, options.access);
  const { address } = target;
  const redis = `Redis at ${address}`;
  const answers = new Answers({ address, name: redis }, options.logger);
  const opening = giveUpWhen(options, redis);
  const client = new SteadyRedis(
    { target, connectTimeout: CONNECT_MS },
    {
      onTrouble(error) {
        answers.heardTrouble(error);
        opening.heardTrouble(error);
      },
      onRefusal: (error, asked) => answers.heardRefusal(error, asked),
      isRefusing: () => answers.isRefusing,
      onCarriedOut: (asked) => answers.carriedOut(asked),
      onUnwantedPassword: () => warnOfPassword(options.logger, address),
      onEviction: (policy) => warnOfEviction(options.logger, { address, policy }),
    },
  );
  // `connect` rejects on the first failure while ioredis goes on trying.
  client.connect().catch(() => undefined);
  answers.expect();
  try {
    await Promise.race([
      opening.givenUp,
      suitable(client, redis, () => answers.ask(client, probe)).then(() => checkLayout(client, keys)),
    ]);
    answers.begin(client, probe);
    return new Connection(client, address, answers);
  } catch (error) {
    answers.end();
    client.disconnect();
    throw error;
  } finally {
    opening.end();
  }
}

interface Opening {
  /** Rejects when it is not to be waited for any more. */
  readonly givenUp: Promise<never>;
  heardTrouble(error: Error): void;
  end(): void;
}

function giveUpWhen({ deadlineMs, signal }: ConnectOptions, redis: string): Opening {
  const { promise, reject } = Promise.withResolvers<never>();
  // It may come when nobody waits any more.
  promise.catch(() => undefined);
  let last: Error | undefined;
  const timer =
    deadlineMs === undefined
      ? undefined
      : setTimeout(() => reject(connectingTrouble(last, redis, deadlineMs)), deadlineMs);
  const onAbort = (): void => reject(signal?.reason);
  if (signal?.aborted) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  return {
    givenUp: promise,
    heardTrouble(error) {
      last = error;
      const trouble = connectingTrouble(error, redis);
      const isInVain = deadlineMs !== undefined && isLasting(error);
      if (isInVain || trouble.code === 'REDIS_UNSUITABLE') reject(trouble);
    },
    end() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    },
  };
}

function warnOfPassword(logger: Logger, address: string): void {
  logger.warn(
    { address },
    'a password is configured, and Redis wants none: whoever reaches it can write there',
  );
}

function warnOfEviction(logger: Logger, fields: { address: string; policy: string }): void {
  logger.warn(fields, 'Redis may drop jobs by its maxmemory-policy: set it to noeviction again');
}

/** @throws {SyncError} what makes this Redis unsuitable. */
async function suitable(client: Redis, redis: string, ask: () => Promise<void>): Promise<void> {
  try {
    await ask();
  } catch (error) {
    throw error instanceof Error ? connectingTrouble(error, redis) : error;
  }
  const { cluster, policy } = await readFacts(client, redis);
  checkCluster(cluster, redis);
  checkPolicy(policy, redis);
}

/** Its keys may go to another node at any time, and a replica of it refuses all of them. */
function checkCluster(info: string, redis: string): void {
  if (!/^cluster_enabled:1/m.test(info)) return;
  throw new SyncError('REDIS_UNSUITABLE', { message: `${redis} is a node of a cluster`, hint: NO_CLUSTER });
}

/** A Redis that evicts keys loses jobs without a word. */
function checkPolicy(policy: string | undefined, redis: string): void {
  if (policy === undefined || policy === 'noeviction') return;
  throw new SyncError('REDIS_UNSUITABLE', {
    message: `${redis} may drop jobs: its maxmemory-policy is ${policy}`,
    hint: 'set maxmemory-policy noeviction, or use a Redis of its own',
  });
}

interface Facts {
  readonly cluster: string;
  /** Absent where the server does not tell: managed ones often forbid CONFIG. */
  readonly policy: string | undefined;
}

async function readFacts(client: Redis, redis: string): Promise<Facts> {
  const [memory, cluster] = [await info(client, redis, 'memory'), await info(client, redis, 'cluster')];
  const fromConfig = await client.config('GET', 'maxmemory-policy').catch(() => undefined);
  if (Array.isArray(fromConfig) && typeof fromConfig[1] === 'string')
    return { cluster, policy: fromConfig[1] };
  return { cluster, policy: /^maxmemory_policy:(\S+)/m.exec(memory)?.[1] };
}

/** Asked of every Redis: BullMQ asks, too, and one of its workers that is refused the answer spins for ever. */
async function info(client: Redis, redis: string, section: string): Promise<string> {
  try {
    return await client.info(section);
  } catch (error) {
    const reply = error instanceof Error ? redact(error.message) : String(error);
    throw new SyncError('REDIS_UNSUITABLE', {
      message: `${redis} refuses us the command INFO: ${reply}`,
      hint: 'let the Redis user run it: ACL SETUSER <user> +info',
      cause: error,
    });
  }
}
