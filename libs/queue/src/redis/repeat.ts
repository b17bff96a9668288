import { type Logger, within } from '@regfleet/model';
import { FailureLog } from './failure-log.ts';

export interface Repetition {
  /** Runs the action soon; while it runs, once more afterwards. */
  now(): void;
  /** Waits for the action that runs, but not for ever: it may hang on a Redis that is gone. */
  stop(): Promise<void>;
}

const STOP_MS = 1_000;

/** Runs `action` every `intervalMs` and on demand, never twice at once. A failure does not end it; of several alike in a row one is logged. */
export function repeat(intervalMs: number, logger: Logger, action: () => Promise<void>): Repetition {
  let running: Promise<void> | undefined;
  let isWanted = false;
  let isStopped = false;
  const failures = new FailureLog(logger, 'a repeated action failed');
  const run = async (): Promise<void> => {
    do {
      isWanted = false;
      try {
        await action();
        failures.succeeded();
      } catch (error) {
        if (!isStopped) failures.failed(error);
      }
    } while (isWanted && !isStopped);
    running = undefined;
  };
  const now = (): void => {
    if (isStopped) return;
    isWanted = true;
    running ??= run();
  };
  const timer = setInterval(now, intervalMs);
  timer.unref();
  return {
    now,
    stop: async () => {
      isStopped = true;
      clearInterval(timer);
      if (running !== undefined) await within(running, STOP_MS);
    },
  };
}
