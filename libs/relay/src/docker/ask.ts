import { formatReference, isSyncError, unlessAborted } from '@regfleet/model';
import { classifyFailure, daemonFailure, type Place } from './classify.ts';

/**
 * What the daemon answers; its failure told where it happened.
 *
 * @throws {SyncError}; the abort reason as soon as `signal` aborts.
 */
export async function ask<Answer>(
  place: Place,
  signal: AbortSignal,
  work: () => Promise<Answer>,
): Promise<Answer> {
  signal.throwIfAborted();
  try {
    return await unlessAborted(work(), signal);
  } catch (error) {
    signal.throwIfAborted();
    if (isSyncError(error)) throw error.located({ reference: formatReference(place.reference) });
    throw classifyFailure(daemonFailure(error), place);
  }
}
