import { formatReference, isSyncError, type Reference, type Side } from '@regfleet/model';

/** One end as errors name it. */
export interface Place {
  readonly side: Side;
  readonly reference: Reference;
}

/** The result of `work`, its failure told where it happened; after an abort, the abort reason. */
export async function at<Result>(
  { side, reference }: Place,
  signal: AbortSignal,
  work: () => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted();
  try {
    return await work();
  } catch (error) {
    signal.throwIfAborted();
    if (!isSyncError(error)) throw error;
    throw error.located({ side, reference: formatReference(reference), registry: reference.registry });
  }
}
