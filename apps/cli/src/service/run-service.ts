import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { SyncConfig } from '@regfleet/config';
import { tellOperatorHolds } from '@regfleet/fleet';
import type { Logger } from '@regfleet/model';
import { connectFleet, type Fleet, redisRefusal } from '@regfleet/queue';
import { createRegistries } from '@regfleet/registry';
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
import { memoryAdvice } from '../output/memory-advice.ts';
import { drainAll } from './drain.ts';
import type { ServiceFlags } from './flags.ts';
import { gateRules } from './gate.ts';
import { listingCache } from './listing-cache.ts';
import { type OpenedOutages, openOutages } from './outages.ts';
import type { ServiceDeps, ServicePart } from './part.ts';
import { readiness, type ServiceState } from './readiness.ts';
import { reloadOnChange } from './reload.ts';
import { Traffic } from './traffic.ts';
import { uploadNotes } from './uploads.ts';

export interface ServiceDefinition {
  readonly name: string;
  readonly flags: ServiceFlags;
  /** Where Redis is; may start one. `stop` is called last. */
  redis(config: SyncConfig, logger: Logger): Promise<RedisAddress & { stop?: () => Promise<void> }>;
  /** Told as JSON at these paths while Redis answers. */
  readonly documents?: Readonly<Record<string, (fleet: Fleet) => Promise<object>>> | undefined;
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
  const state: ServiceState<Fleet> = {};
  const metrics = await createMetrics();
  metrics.configRead(true);
  const health = await startHealthServer({
    host: definition.flags.host,
    port: definition.flags.port,
    metrics,
    readiness: () => readiness(state, shutdown.stopping),
    documents: documentsOf(definition, state),
  });
  const whoever = health.isOpen ? ', to whoever reaches this machine (--host 127.0.0.1: to it alone)' : '';
  logger.info({ address: health.address, file }, `health and metrics are served${whoever}`);
  try {
    const redis = await unlessStopped(definition.redis(config, logger), shutdown);
    try {
      const fleet = await connectFleet({ ...redis, logger, signal: shutdown.stopping });
      state.fleet = fleet;
      metrics.observeRedis(() => fleet.answeredAtMs);
      // One that is started for this process alone is not the operator's.
      if (redis.stop === undefined) await warnOfMemory(fleet, config, logger);
      await serve(context, definition, {
        config,
        fleet,
        metrics,
        logger,
        graceMs,
        shutdown,
        state,
      });
    } finally {
      await redis.stop?.();
    }
  } catch (error) {
    // Told to stop before it could start: nothing was begun, so nothing is left behind.
    if (!shutdown.stopping.aborted) throw redisRefusal(error, 'Redis');
  } finally {
    await health.close();
  }
  finish(EXIT.ok);
}

/** A local Redis may take long to load; it must be possible to stop meanwhile. @throws the reason of the stop. */
async function unlessStopped<Result>(
  starting: Promise<Result>,
  { requested, stopping }: Shutdown,
): Promise<Result> {
  return Promise.race([starting, requested.then(() => Promise.reject(stopping.reason))]);
}

function documentsOf({ documents = {} }: ServiceDefinition, state: ServiceState<Fleet>) {
  return Object.fromEntries(
    Object.entries(documents).map(([path, read]) => [
      path,
      async () => (state.fleet?.isAnswering ? read(state.fleet) : undefined),
    ]),
  );
}

async function warnOfMemory(fleet: Fleet, { tasks }: SyncConfig, logger: Logger): Promise<void> {
  const memory = await fleet.memory();
  for (const advice of memory === undefined ? [] : memoryAdvice(memory, tasks.length))
    logger.warn({ address: fleet.address, ...memory }, advice);
}

interface Serving {
  readonly config: SyncConfig;
  readonly fleet: Fleet;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly graceMs: number;
  readonly shutdown: Shutdown;
  readonly state: ServiceState;
}

// What is left to do when the grace period is over: handing jobs back, signing off.
const HAND_BACK_MS = 15_000;
const CLOSE_MS = 3_000;

async function serve(
  context: CommandContext,
  definition: ServiceDefinition,
  serving: Serving,
): Promise<void> {
  const { config, fleet, metrics, logger, graceMs, shutdown, state } = serving;
  const traffic = new Traffic();
  const gate = gateRules(config, { egress: definition.flags.egress, metrics, traffic });
  const registries = createRegistries({
    logger,
    env: context.terminal.env,
    onRequest(event) {
      metrics.requestSent(event);
      traffic.heard(event);
    },
    listingCache: listingCache(fleet.cache, config.limits.maxTags),
    limits: config.limits,
    requestGate: fleet.requestGate(gate.rules),
    uploadNotes: uploadNotes(fleet, definition.flags.lock),
  });
  const id = `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`;
  const opened = openOutages({ id, config, fleet, registries, logger });
  metrics.observeHolds(() => fleet.holds.current);
  metrics.observePauses(() => gate.pausesLeft(fleet.meters.pausesLeft()));
  metrics.observeRates(() => gate.requestRates(fleet.meters.foundRates()));
  const untell = tellOperatorHolds(fleet.holds, logger);
  const starting = definition.start({
    id,
    config,
    fleet,
    registries,
    outages: opened.outages,
    metrics,
    traffic,
    logger,
    graceMs,
    env: context.terminal.env,
    signal: shutdown.stopping,
  });
  let parts: readonly ServicePart[] = [];
  try {
    // Redis may go while the service starts: it must be possible to stop it then, too.
    parts = [gate.part, outagesPart(opened), ...(await unlessStopped(starting, shutdown))];
    state.parts = parts;
    const reload = reloadOnChange({ config, terminal: context.terminal, logger, metrics, shutdown, parts });
    await shutdown.requested;
    reload.stop();
  } finally {
    untell();
    await shutdown.close([
      { name: 'work', close: () => drainAll(parts, serving), deadlineMs: graceMs + HAND_BACK_MS },
      { name: 'outages', close: () => opened.outages.close(), deadlineMs: CLOSE_MS },
      { name: 'registries', close: () => registries.close(), deadlineMs: CLOSE_MS },
      { name: 'redis', close: () => fleet.close(), deadlineMs: CLOSE_MS },
    ]);
  }
  logger.info({}, 'stopped');
}

const outagesPart = ({ outages, reload }: OpenedOutages): ServicePart => ({
  reload,
  troubles: () => outages.troubles(),
  drain: async () => undefined,
});
