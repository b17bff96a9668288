import { inTime, type Logger, SyncError, toSyncError } from '@regfleet/model';

/** One thing to close on the way out. */
export interface CloseStep {
  /** For the log, e.g. `redis connection`. */
  readonly name: string;
  readonly close: () => Promise<void> | void;
  /** After this the next step is taken. */
  readonly deadlineMs: number;
}

/** Takes the steps one after another. One that fails or takes too long is logged and does not stop the others. */
export async function closeInOrder(steps: readonly CloseStep[], logger: Logger): Promise<void> {
  for (const step of steps) {
    try {
      await inTime(
        step.deadlineMs,
        () => late(step),
        async () => step.close(),
      );
      logger.debug({ step: step.name }, 'closed');
    } catch (error) {
      logger.warn({ step: step.name, error: toSyncError(error) }, 'not closed orderly');
    }
  }
}

const late = ({ name, deadlineMs }: CloseStep): SyncError =>
  new SyncError('TIMED_OUT', { message: `${name} did not close within ${deadlineMs} ms` });
