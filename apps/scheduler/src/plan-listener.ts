import type { Task } from '@regfleet/config';
import type { RunTicket } from '@regfleet/fleet';
import type { Logger, SyncError } from '@regfleet/model';

/** Is told how the expansions of a scheduler go on. */
export interface PlanListener {
  /** A run has claimed its task, which is planned once that resolves. It must not reject. */
  onStart?(task: Task, run: RunTicket): Promise<void> | void;
  /** A firing that leads to nothing. */
  onSkip?(run: RunTicket, reason: string): void;
  /** A mapping could not be expanded. */
  onFailure(run: RunTicket, error: SyncError, mapping: string): void;
  /** @param what - as a sentence begins: `listing registry/repository`. */
  onRetry(run: RunTicket, what: string, error: SyncError, delayMs: number): void;
  /** A registry that asked for it is left alone by all expansions of the process. */
  onPause(registry: string, error: SyncError, delayMs: number): void;
}

const fieldsOf = ({ task, runId }: RunTicket): object => ({ task, run: runId });

/** Makes log lines of what it is told. */
export const planLog = (logger: Logger): PlanListener => ({
  onFailure: (run, error, mapping) =>
    logger.error({ ...fieldsOf(run), mapping, error }, 'mapping could not be expanded'),
  onRetry: (run, what, error, delayMs) =>
    logger.warn({ ...fieldsOf(run), what, error, delayMs }, 'will be tried again'),
  onPause: (registry, error, delayMs) => logger.warn({ registry, error, delayMs }, 'registry is left alone'),
});
