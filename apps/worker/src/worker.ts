import {
  namesRegistry,
  namesRoute,
  requestLocation,
  routeLimits,
  type SyncConfig,
  usesRoute,
} from '@regfleet/config';
import {
  type CopyConsumerOptions,
  type CopyJob,
  type FleetStore,
  judged,
  type SharedStore,
} from '@regfleet/fleet';
import {
  type CopyResult,
  formatReference,
  type Logger,
  parseRegistryName,
  type RelayName,
  type SerialisedSyncError,
  type SyncError,
} from '@regfleet/model';
import type { Registries } from '@regfleet/registry';
import { copyImage, type Relay } from '@regfleet/relay';
import type { Metrics } from '@regfleet/runtime';
import { checkInConfig } from './in-config.ts';

export interface WorkerOptions {
  /** Unique per process. */
  readonly id: string;
  readonly config: SyncConfig;
  readonly fleet: FleetStore & SharedStore;
  readonly registries: Registries;
  /** The relays that work here so far. */
  readonly relays: ReadonlyMap<RelayName, Relay>;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Copies at once in this process. */
  readonly concurrency: number;
  /** How long after its death this process's copies are given to another. */
  readonly lockMs: number;
  /** How long copies may go on after a stop was asked for, before they are handed back. */
  readonly graceMs: number;
}

/** A running worker. */
export interface Worker {
  /** When a copy was last taken or ended; epoch milliseconds. */
  readonly lastActivityAtMs: number;
  readonly activeCount: number;
  /** Takes the copies that this config asks for from now on. */
  reload(config: SyncConfig): void;
  /** Takes the copies of another relay, too. */
  addRelay(relay: Relay): void;
  drain(): Promise<void>;
}

/** Starts taking copy jobs by the relays that work here: from lanes that tasks of the config use, and from others while they have jobs. */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const { fleet, logger } = options;
  let config = options.config;
  const relays = new Map(options.relays);
  const names = (): RelayName[] => [...relays.keys()];
  options.metrics.nameOnly({
    task: (id) => config.tasks.some((task) => task.id === id),
    registry: (host) => namesRegistry(config, host),
  });
  const consumer = fleet.consumeCopies({
    relays: names(),
    servesLane: (lane) => namesRoute(config, lane),
    usesLane: (lane) => usesRoute(config, lane),
    limitsOf: (lane) => routeLimits(config, lane),
    concurrency: options.concurrency,
    graceMs: options.graceMs,
    lockDurationMs: options.lockMs,
    stalledIntervalMs: options.lockMs / 2,
    process: (job, context) =>
      judged(context, () => copyJob(job, { config, signal: context.signal }, { ...options, relays })),
    onVerdict: tellVerdicts(options.metrics, logger, () => config),
  });
  const heartbeat = await fleet.processes.announce(() => ({
    id: options.id,
    role: 'worker',
    relays: names(),
    concurrency: options.concurrency,
    active: consumer.activeCount,
  }));
  logger.info({ relays: names(), concurrency: options.concurrency }, 'worker takes copies');
  return {
    get lastActivityAtMs() {
      return consumer.lastActivityAtMs;
    },
    get activeCount() {
      return consumer.activeCount;
    },
    reload(next) {
      config = next;
      consumer.look();
    },
    addRelay(relay) {
      relays.set(relay.name, relay);
      consumer.serve(relay.name);
      logger.info({ relays: names() }, 'worker takes copies of another relay');
    },
    async drain() {
      await consumer.drain();
      await heartbeat.stop();
    },
  };
}

async function copyJob(
  job: CopyJob,
  { config, signal }: { config: SyncConfig; signal: AbortSignal },
  options: WorkerOptions,
): Promise<CopyResult> {
  const { request } = job;
  const task = config.tasks.find((known) => known.id === request.task);
  checkInConfig(request, config);
  const logger = options.logger.child(describeJob(job));
  const { registries, relays, fleet } = options;
  logger.debug({}, 'copy started');
  const end = options.metrics.copyStarted(request.relay);
  try {
    const how = {
      source: requestLocation(config, request, 'source'),
      target: requestLocation(config, request, 'target'),
      verbose: task?.verbose ?? false,
      signal,
    };
    return await copyImage(request, how, { registries, relays, records: fleet.records, logger });
  } finally {
    end();
  }
}

type Listener = NonNullable<CopyConsumerOptions['onVerdict']>;

/** Makes metrics and log lines of what became of each try. */
function tellVerdicts(metrics: Metrics, logger: Logger, config: () => SyncConfig): Listener {
  const labels = ({ request: { task = '', relay } }: CopyJob): { task: string; relay: RelayName } => ({
    // Each value is a series for ever: none is taken from jobs and answers alone, which others may have written.
    task: config().tasks.some(({ id }) => id === task) ? task : '',
    relay,
  });
  const failed = (job: CopyJob, error: SyncError, durationMs?: number): void => {
    const isFinal = durationMs !== undefined;
    const told = error.toJSON();
    metrics.copyFailedAttempt(atNamedRegistry(told, config()));
    if (isFinal) metrics.copyFinished({ ...labels(job), outcome: 'failed', durationMs });
    logger[isFinal ? 'error' : 'warn'](
      { ...describeJob(job), error: told },
      isFinal ? 'image failed' : 'copy attempt failed',
    );
  };
  const repeated = (job: CopyJob, { kind, code }: SyncError, delayMs: number): void => {
    metrics.retried(kind);
    logger.info({ ...describeJob(job), code, delayMs: Math.round(delayMs) }, 'copy will be repeated');
  };
  return (job, verdict, durationMs) => {
    switch (verdict.verdict) {
      case 'done': {
        const { result } = verdict;
        metrics.copyFinished({ ...labels(job), outcome: result.outcome, durationMs });
        logger.info({ ...describeJob(job), ...result, durationMs: Math.round(durationMs) }, 'image done');
        return;
      }
      case 'fail':
        return failed(job, verdict.error, durationMs);
      case 'retry':
        failed(job, verdict.error);
        return repeated(job, verdict.error, verdict.delayMs);
      case 'pause-source':
        return repeated(job, verdict.error, verdict.delayMs);
      case 'defer':
        if (verdict.cause === 'registry' && verdict.error !== undefined)
          repeated(job, verdict.error, verdict.delayMs);
        return;
      case 'drop':
    }
  };
}

/**
 * The error as metrics count it: by a registry of the config, by its one name, or by none that a job or a registry that sends
 * us elsewhere could make up.
 */
function atNamedRegistry(error: SerialisedSyncError, config: SyncConfig): SerialisedSyncError {
  const { registry } = error;
  if (registry === undefined) return error;
  return { ...error, registry: namesRegistry(config, registry) ? parseRegistryName(registry).host : 'other' };
}

const describeJob = (job: CopyJob): object => ({
  run: job.runId,
  task: job.request.task,
  source: formatReference(job.request.source),
  target: formatReference(job.request.target),
  attempt: job.attempt,
});
