import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { SyncConfig } from '@regfleet/config';
import type { Logger } from '@regfleet/model';
import { connectFleet, type Fleet } from '@regfleet/queue';
import { createRegistries, type Registries } from '@regfleet/registry';
import {
  createLogger,
  createMetrics,
  type Metrics,
  onShutdown,
  type Shutdown,
  startHealthServer,
} from '@regfleet/runtime';
import { configFile, readConfig } from '../config-file.ts';
import type { CommandContext } from '../context.ts';
import { EXIT } from '../exit-code.ts';
import type { RedisAddress } from '../fleet-access.ts';
import type { ServiceFlags } from './flags.ts';
import { listingCache } from './listing-cache.ts';
import { reloadOnChange } from './reload.ts';

/** What a part of a service (scheduler, worker) is built from. */
export interface ServiceDeps {
  /** Unique per process. */
  readonly id: string;
  readonly config: SyncConfig;
  readonly fleet: Fleet;
  readonly registries: Registries;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly graceMs: number;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A started scheduler or worker, as the process sees it. */
export interface ServicePart {
  reload(config: SyncConfig): Promise<void> | void;
  drain(): Promise<void>;
}

export interface ServiceDefinition {
  readonly name: string;
  readonly flags: ServiceFlags;
  /** Where Redis is; may start one. `stop` is called last. */
  redis(config: SyncConfig, logger: Logger): Promise<RedisAddress & { stop?: () => Promise<void> }>;
  /** In the order in which they start; they drain together. */
  start(deps: ServiceDeps): Promise<ServicePart[]>;
}

/**
 * Runs a service until it is told to stop: health first, so that probes see it wait for Redis, then the parts.
 *
 * @throws {SyncError} an invalid config; Redis being away is waited out.
 */
export async function runService(context: CommandContext, definition: ServiceDefinition): Promise<void> {
  const { terminal, options, finish } = context;
  const file = configFile(options().config, terminal.env);
  const config = await readConfig(file, terminal);
  const logger = createLogger({ service: definition.name, env: terminal.env });
  const graceMs = definition.flags.grace * 1000;
  const shutdown = onShutdown({ logger, graceMs });
  const state: { fleet?: Fleet } = {};
  const metrics = createMetrics();
  const health = await startHealthServer({
    host: definition.flags.host,
    port: definition.flags.port,
    metrics,
    readiness: () => readiness(state.fleet, shutdown),
  });
  logger.info({ address: health.address, file }, 'health and metrics are served');
  try {
    const redis = await definition.redis(config, logger);
    try {
      const fleet = await connectFleet({ ...redis, logger, signal: shutdown.stopping });
      state.fleet = fleet;
      await serve(context, definition, { config, fleet, metrics, logger, graceMs, shutdown });
      await fleet.close();
    } finally {
      await redis.stop?.();
    }
  } catch (error) {
    // Told to stop before it could start: nothing was begun, so nothing is left behind.
    if (!shutdown.stopping.aborted) throw error;
  } finally {
    await health.close();
  }
  finish(EXIT.ok);
}

interface Serving {
  readonly config: SyncConfig;
  readonly fleet: Fleet;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly graceMs: number;
  readonly shutdown: Shutdown;
}

async function serve(
  context: CommandContext,
  definition: ServiceDefinition,
  serving: Serving,
): Promise<void> {
  const { config, fleet, metrics, logger, graceMs, shutdown } = serving;
  const registries = createRegistries({
    logger,
    env: context.terminal.env,
    onRequest: (event) => metrics.requestSent(event),
    listingCache: listingCache(fleet.cache),
  });
  const id = `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`;
  const parts = await definition.start({
    id,
    config,
    fleet,
    registries,
    metrics,
    logger,
    graceMs,
    env: context.terminal.env,
  });
  const reload = reloadOnChange({ config, terminal: context.terminal, logger, shutdown, parts });
  await shutdown.requested;
  reload.stop();
  await Promise.all(parts.map((part) => part.drain()));
  await registries.close();
  logger.info({}, 'stopped');
}

function readiness(fleet: Fleet | undefined, shutdown: Shutdown): { ready: boolean; reasons: string[] } {
  const reasons: string[] = [];
  if (shutdown.stopping.aborted) reasons.push('stopping');
  if (fleet === undefined) reasons.push('waiting for Redis');
  else if (!fleet.isConnected) reasons.push(`no connection to Redis at ${fleet.address}`);
  return { ready: reasons.length === 0, reasons };
}
