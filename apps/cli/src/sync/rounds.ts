import { formatIssue, loadConfig, losesAllTasks, type SyncConfig } from '@regfleet/config';
import type { RunRecord } from '@regfleet/fleet';
import { type Logger, toSyncError } from '@regfleet/model';
import { onHangUp, watchFile } from '@regfleet/runtime';
import { NO_TASKS_LEFT } from '../service/reload.ts';
import type { Terminal } from '../terminal.ts';

const NONE_CHOSEN =
  'the changed config has none of the tasks that are to run; the last valid one stays in force';

export interface RoundOptions {
  /** Aborts when the process is told to stop. */
  readonly stop: AbortSignal;
  readonly env: Terminal['env'];
  readonly logger: Logger;
  /** Leaves the tasks that are to run. It may throw what the operator is told. */
  choose(config: SyncConfig): SyncConfig;
}

/**
 * Runs the tasks of a config, and as dregsy does once more with the file as it is then, after SIGHUP or, with
 * `watch: true`, a change. A changed config that is invalid, or has lost all tasks or all that are to run, is told, and the last valid
 * one stays in force: what is to mirror for ever must not end as if all were done.
 *
 * @param run - one round: ends between two runs of a task once `signal` aborts.
 * @returns the runs of the last round.
 */
export async function runRounds(
  first: SyncConfig,
  options: RoundOptions,
  run: (config: SyncConfig, signal: AbortSignal) => Promise<RunRecord[]>,
): Promise<RunRecord[]> {
  let config = first;
  let change = new AbortController();
  const stopWatching = watchForChange(first, () => change.abort());
  try {
    for (;;) {
      const runs = await run(options.choose(config), AbortSignal.any([options.stop, change.signal]));
      if (options.stop.aborted || !change.signal.aborted) return runs;
      // Before the file is read: a change while that goes on leads to one more round.
      change = new AbortController();
      config = await readAgain(config, options);
    }
  } finally {
    stopWatching();
  }
}

const choosesNone = (config: SyncConfig, choose: RoundOptions['choose']): boolean =>
  config.tasks.length > 0 && choose(config).tasks.length === 0;

/** One-off tasks alone are not waited for to change: SIGHUP ends them, as it ends any command. */
function watchForChange(config: SyncConfig, onChange: () => void): () => void {
  if (config.tasks.every((task) => task.schedule === undefined)) return () => undefined;
  const ignoreHangUps = onHangUp(onChange);
  const watch = config.watch ? watchFile(config.file, onChange) : undefined;
  return () => {
    ignoreHangUps();
    watch?.stop();
  };
}

async function readAgain(config: SyncConfig, { env, logger, choose }: RoundOptions): Promise<SyncConfig> {
  try {
    const next = await loadConfig(config.file, { env });
    for (const issue of next.issues)
      logger[issue.severity === 'error' ? 'error' : 'warn']({}, formatIssue(issue));
    if (losesAllTasks(config, next)) {
      logger.error({ file: config.file, tasks: config.tasks.length }, NO_TASKS_LEFT);
      return config;
    }
    if (next.config !== undefined && choosesNone(next.config, choose)) {
      logger.error({ file: config.file, tasks: next.config.tasks.map(({ name }) => name) }, NONE_CHOSEN);
      return config;
    }
    if (next.config !== undefined) return next.config;
    logger.error({ file: config.file }, 'the changed config is invalid; the last valid one stays in force');
  } catch (error) {
    logger.error({ file: config.file, error: toSyncError(error) }, 'config not reloaded');
  }
  return config;
}
