import { namesRegistry, type SyncConfig, targetTasks } from '@regfleet/config';
import type { CopyJob, CopyVerdict } from '@regfleet/fleet';
import {
  type CopyProgress,
  formatReference,
  type Logger,
  parseRegistryName,
  type RelayName,
  type SerialisedSyncError,
  type SyncError,
} from '@regfleet/model';
import type { Metrics } from '@regfleet/runtime';

/** Is told how the copies of a worker go on. */
export interface CopyListener {
  /** A try begins. @returns is called at its end; absent: nothing is to be called. */
  onStart?(job: CopyJob): () => void;
  onProgress?(job: CopyJob, progress: CopyProgress): void;
  /** What became of a try, once it is counted. */
  onVerdict(job: CopyJob, verdict: CopyVerdict, durationMs: number): void;
}

/** Makes metrics and log lines of what it is told. */
export function copyLog(
  { metrics, logger }: { metrics: Metrics; logger: Logger },
  config: () => SyncConfig,
): CopyListener {
  metrics.nameOnly({
    task: (id) => config().tasks.some((task) => task.id === id),
    registry: (host) => namesRegistry(config(), host),
  });
  metrics.observeRoutes(() =>
    config()
      .tasks.flatMap(targetTasks)
      .map(({ id, relay, source, target }) => ({
        task: id,
        relay,
        source: source.registry.host,
        target: target.registry.host,
      })),
  );
  return {
    onStart: ({ request }) => metrics.copyStarted(request.relay),
    onVerdict: tellVerdicts(metrics, logger, config),
  };
}

function tellVerdicts(metrics: Metrics, logger: Logger, config: () => SyncConfig): CopyListener['onVerdict'] {
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
        metrics.bytesCopied(routeOf(job, config()), result.bytesCopied ?? 0);
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
        if ((verdict.cause === 'registry' || verdict.cause === 'outage') && verdict.error !== undefined)
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

/** Registries as metrics name them. */
function routeOf(
  { request: { source, target } }: CopyJob,
  config: SyncConfig,
): { source: string; target: string } {
  const named = (registry: string): string => (namesRegistry(config, registry) ? registry : 'other');
  return { source: named(source.registry), target: named(target.registry) };
}

/** A copy job in a log line. */
export const describeJob = (job: CopyJob): object => ({
  run: job.runId,
  job: job.jobId,
  task: job.request.task,
  source: formatReference(job.request.source),
  target: formatReference(job.request.target),
  attempt: job.attempt,
});
