import { namesRegistry, requestLocation, type SyncConfig, usesSource } from '@regfleet/config';
import {
  type CopyResult,
  formatReference,
  type Logger,
  parseRegistryName,
  type RelayName,
  type SerialisedSyncError,
} from '@regfleet/model';
import {
  type CopyEvents,
  type CopyJob,
  type Fleet,
  startCopyConsumer,
  startHeartbeat,
} from '@regfleet/queue';
import type { Registries } from '@regfleet/registry';
import { copyImage, type Relay } from '@regfleet/relay';
import type { Metrics } from '@regfleet/runtime';
import { checkInConfig } from './in-config.ts';

export interface WorkerOptions {
  /** Unique per process. */
  readonly id: string;
  readonly config: SyncConfig;
  readonly fleet: Fleet;
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
  const consumer = startCopyConsumer({
    fleet,
    relays: names(),
    servesRegistry: (host) => namesRegistry(config, host),
    usesLane: (lane) => usesSource(config, lane),
    concurrency: options.concurrency,
    graceMs: options.graceMs,
    lockDurationMs: options.lockMs,
    stalledIntervalMs: options.lockMs / 2,
    events: copyEvents(options.metrics, logger, () => config),
    copy: (job, { signal }) => copyJob(job, { config, signal }, { ...options, relays }),
  });
  const heartbeat = await startHeartbeat(
    fleet.processes,
    () => ({
      id: options.id,
      role: 'worker',
      relays: names(),
      concurrency: options.concurrency,
      active: consumer.activeCount,
    }),
    logger,
  );
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

function copyEvents(metrics: Metrics, logger: Logger, config: () => SyncConfig): CopyEvents {
  const labels = ({ request: { task = '', relay } }: CopyJob): { task: string; relay: RelayName } => ({
    // Each value is a series for ever: none is taken from jobs and answers alone, which others may have written.
    task: config().tasks.some(({ id }) => id === task) ? task : '',
    relay,
  });
  return {
    onCopied(job, result, durationMs) {
      metrics.copyFinished({ ...labels(job), outcome: result.outcome, durationMs });
      logger.info({ ...describeJob(job), ...result, durationMs: Math.round(durationMs) }, 'image done');
    },
    onFailed(job, error, isFinal, durationMs) {
      metrics.copyFailedAttempt(atNamedRegistry(error, config()));
      if (isFinal) metrics.copyFinished({ ...labels(job), outcome: 'failed', durationMs });
      logger[isFinal ? 'error' : 'warn'](
        { ...describeJob(job), error },
        isFinal ? 'image failed' : 'copy attempt failed',
      );
    },
    onRetry(job, error, delayMs) {
      metrics.retried(error.kind);
      logger.info(
        { ...describeJob(job), code: error.code, delayMs: Math.round(delayMs) },
        'copy will be repeated',
      );
    },
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
