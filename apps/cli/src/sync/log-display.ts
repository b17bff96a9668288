import { formatReference, type Logger } from '@regfleet/model';
import type { SyncDisplay } from './display.ts';

const ignore = (): void => undefined;

/** Tells a sync to those who collect logs: what `syncDisplay` tells in lasting lines, as records. */
export function syncLog(logger: Logger): SyncDisplay {
  return {
    onChange: ignore,
    onBytes: ignore,
    onImage(request, end) {
      const image = {
        task: request.task,
        source: formatReference(request.source),
        target: formatReference(request.target),
      };
      if ('error' in end) logger.error({ ...image, error: end.error }, 'image failed');
      else logger.info({ ...image, ...end.result }, 'image done');
    },
    onFailure: (task, error) => logger.error({ task, error }, 'planning failed'),
    onRetry: (what, error, delayMs) => logger.warn({ what, error, delayMs }, 'will be tried again'),
    onPause: (registry, error, delayMs) =>
      logger.warn({ registry, error, delayMs }, 'registry is left alone'),
    onEnd(run) {
      const fields = { task: run.task, outcome: run.outcome, counts: run.counts };
      if (run.outcome === 'failed') logger.error(fields, 'run failed');
      else logger.info(fields, 'run ended');
    },
    onLogin: ({ side, registry, provider }) => logger.info({ side, registry, provider }, 'login'),
    onIdle: ({ task, atMs }) => logger.info({ task, at: new Date(atMs).toISOString() }, 'next run'),
    end: ignore,
  };
}
