import { setTimeout as pause } from 'node:timers/promises';
import type { SyncConfig } from '@regfleet/config';
import { type Logger, type RedisAccess, SyncError } from '@regfleet/model';
import { connectFleet, type Fleet, redisRefusal } from '@regfleet/queue';
import type { CommandContext } from './context.ts';
import { lacking, type Needs } from './lacking.ts';
import { findOwnRedis } from './own-redis.ts';
import type { Terminal } from './terminal.ts';

/** Key prefix where the config has none. */
export const DEFAULT_PREFIX = 'regfleet';
// Long enough for a Redis that is failing over, short enough for a person who waits.
const CLIENT_DEADLINE_MS = 5_000;
// Commands wait for a Redis that restarts or fails over; a person wants to be told of one that does not come back.
const LOST_DEADLINE_MS = 30_000;
const LOOK_MS = 500;

export interface RedisAddress {
  readonly url: string;
  readonly prefix: string;
  /** What stands beside the URL; absent: nothing. */
  readonly access?: RedisAccess;
}

/**
 * Where Redis is: `--redis`, else `REGFLEET_REDIS_URL` where it is not empty, else `redis.url` of the config; absent: none is
 * configured. A login and certificates of the config go to no other URL than that of the config.
 */
export function redisAddress(context: CommandContext, config: SyncConfig): RedisAddress | undefined {
  const fromEnvironment = context.terminal.env.REGFLEET_REDIS_URL || undefined;
  const given = context.options().redis ?? fromEnvironment;
  if (given !== undefined) return { url: given, prefix: config.redis?.prefix ?? DEFAULT_PREFIX };
  if (config.redis === undefined) return undefined;
  const { url, prefix, access } = config.redis;
  return { url: url.reveal(), prefix, access };
}

/** The address as `redisAddress` finds it. @throws {SyncError} `USAGE_INVALID` where none is configured. */
export function requireRedis(context: CommandContext, config: SyncConfig): RedisAddress {
  const address = redisAddress(context, config);
  if (address !== undefined) return address;
  throw new SyncError('USAGE_INVALID', {
    message: 'no Redis is configured',
    hint: 'give --redis URL, set REGFLEET_REDIS_URL, or put redis: {url: ...} into the config; `regfleet up` brings its own',
  });
}

/** The address as `redisAddress` finds it, else the Redis that a running `up` of this user has brought for the same config file. */
export async function findRedis(
  context: CommandContext,
  config: SyncConfig,
): Promise<RedisAddress | undefined> {
  const configured = redisAddress(context, config);
  if (configured !== undefined) return configured;
  const url = await findOwnRedis(context.terminal.env, config.file);
  return url === undefined ? undefined : { url, prefix: DEFAULT_PREFIX };
}

/** The address as `findRedis` finds it. @throws {SyncError} `USAGE_INVALID` where there is none. */
export async function requireAnyRedis(context: CommandContext, config: SyncConfig): Promise<RedisAddress> {
  const address = await findRedis(context, config);
  if (address !== undefined) return address;
  throw new SyncError('USAGE_INVALID', {
    message: `no Redis is configured, and no \`regfleet up\` of this user runs with ${config.file}`,
    hint: 'start `regfleet up` with this config, give --redis URL, set REGFLEET_REDIS_URL, or put redis: {url: ...} into the config',
  });
}

/** The fleet, which the caller closes. @throws {SyncError} `REDIS_UNREACHABLE` with address, deadline and cause; `REDIS_UNSUITABLE`. */
export function openFleet(address: RedisAddress, logger: Logger): Promise<Fleet> {
  return connectFleet({ ...address, logger, deadlineMs: CLIENT_DEADLINE_MS });
}

/**
 * Runs `work` against the fleet and closes the connection after it.
 *
 * @throws {SyncError} `REDIS_UNREACHABLE` with address, deadline and cause, also when Redis stops to answer meanwhile;
 * `REDIS_UNSUITABLE` where a command is refused; what `work` throws.
 */
export async function withFleet<Result>(
  address: RedisAddress,
  logger: Logger,
  work: (fleet: Fleet) => Promise<Result>,
): Promise<Result> {
  const fleet = await openFleet(address, logger);
  const lost = new AbortController();
  try {
    const working = work(fleet);
    // Once the connection was given up, what `work` still waits for can only fail.
    working.catch(() => undefined);
    return await Promise.race([working, connectionLost(fleet, lost.signal)]);
  } catch (error) {
    throw redisRefusal(error, `Redis at ${fleet.address}`);
  } finally {
    lost.abort();
    await fleet.close();
  }
}

/** Tells what is needed of the fleet and not there, before something is queued for it. */
export async function warnOfLacking(fleet: Fleet, needs: Needs, terminal: Terminal): Promise<void> {
  for (const what of lacking(await fleet.processes.list(), needs)) terminal.err(`warning: ${what}`);
}

/** Rejects when Redis has not answered for a while. Ends quietly with `signal`. */
async function connectionLost(fleet: Fleet, signal: AbortSignal): Promise<never> {
  let answeredAtMs = performance.now();
  let trouble: SyncError | undefined;
  while (performance.now() - answeredAtMs < LOST_DEADLINE_MS) {
    await pause(LOOK_MS, undefined, { signal });
    if (fleet.isAnswering) answeredAtMs = performance.now();
    trouble = fleet.trouble;
  }
  const why = trouble === undefined ? '' : ` (${trouble.message})`;
  throw new SyncError('REDIS_UNREACHABLE', {
    message: `the connection to Redis at ${fleet.address} is lost, and it has not come back for ${LOST_DEADLINE_MS} ms${why}`,
    hint: `${trouble?.hint ?? 'check that Redis runs there'}; what was queued goes on when it is back`,
  });
}
