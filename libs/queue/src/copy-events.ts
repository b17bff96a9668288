import { type Logger, toSyncError } from '@regfleet/model';
import type { CopyEvents } from './contract.ts';

/** The listener's own failures end in the log: a metric must not fail a copy. */
export function emitCopyEvent(logger: Logger, events: CopyEvents, call: (events: CopyEvents) => void): void {
  try {
    call(events);
  } catch (error) {
    logger.error({ error: toSyncError(error) }, 'a listener of copy events failed');
  }
}
