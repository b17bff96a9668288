import { isDeepStrictEqual } from 'node:util';
import { formatIssue, loadConfig, losesAllTasks, type SyncConfig } from '@regfleet/config';
import { type Logger, toSyncError } from '@regfleet/model';
import { type Metrics, type Shutdown, watchFile } from '@regfleet/runtime';
import type { Terminal } from '../terminal.ts';
import type { ServicePart } from './part.ts';

export interface Reloading {
  readonly config: SyncConfig;
  readonly terminal: Pick<Terminal, 'env'>;
  readonly logger: Logger;
  readonly shutdown: Pick<Shutdown, 'onReload'>;
  /** Told of each config that is read, whether it is taken. */
  readonly metrics: Pick<Metrics, 'configRead'>;
  readonly parts: readonly ServicePart[];
}

/** Why a changed config is not taken that has lost every task. */
export const NO_TASKS_LEFT =
  'the changed config has no tasks and does not say tasks: [] either; the last valid one stays in force';

/** Takes the config again on SIGHUP, and with `watch: true` when the file changes. A bad one, and one that lost all tasks, is told and the old one stays in force. */
export function reloadOnChange(what: Reloading): { stop(): void } {
  const { config, terminal, logger, metrics, shutdown, parts } = what;
  let current = config;
  /** @returns whether it is in force. */
  const take = async (): Promise<boolean> => {
    try {
      const next = await loadConfig(config.file, { env: terminal.env });
      for (const issue of next.issues)
        logger[issue.severity === 'error' ? 'error' : 'warn']({}, formatIssue(issue));
      if (next.config === undefined) {
        logger.error(
          { file: config.file },
          'the changed config is invalid; the last valid one stays in force',
        );
        return false;
      }
      if (losesAllTasks(current, next)) {
        logger.error({ file: config.file, tasks: current.tasks.length }, NO_TASKS_LEFT);
        return false;
      }
      current = next.config;
      warnOfFixedKeys(config, next.config, logger);
      for (const part of parts) await part.reload(next.config);
      logger.info({ file: config.file, tasks: next.config.tasks.length }, 'config reloaded');
      return true;
    } catch (error) {
      logger.error({ error: toSyncError(error), file: config.file }, 'config not reloaded');
      return false;
    }
  };
  const reload = async (): Promise<void> => metrics.configRead(await take());
  // One after the other, so that the config read last is the one that stays.
  let reloading = Promise.resolve();
  const request = (): void => {
    reloading = reloading.then(reload);
  };
  shutdown.onReload(request);
  const watch = config.watch ? watchFile(config.file, request) : undefined;
  return { stop: () => watch?.stop() };
}

/** Keys that are read once: relays and connections are made of them at start. */
function warnOfFixedKeys(first: SyncConfig, next: SyncConfig, logger: Logger): void {
  const fixed = ({ docker, skopeo, redis, watch, limits }: SyncConfig): Record<string, unknown> => ({
    docker,
    skopeo,
    redis: redis && { ...redis, url: redis.url.reveal() },
    watch,
    limits,
  });
  const [before, after] = [fixed(first), fixed(next)];
  const changed = Object.keys(before).filter((key) => !isDeepStrictEqual(before[key], after[key]));
  if (changed.length > 0) logger.warn({ keys: changed }, 'these keys take effect at the next start only');
}
