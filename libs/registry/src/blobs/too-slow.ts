import { SyncError } from '@regfleet/model';

/**
 * @param moves - e.g. `comes`.
 * @param place - of the blob.
 * @param seen - what a `Pace` had to say.
 */
export const tooSlow = (
  moves: string,
  place: { readonly registry: string; readonly reference: string },
  { bytes, seconds }: { readonly bytes: number; readonly seconds: number },
): SyncError =>
  new SyncError('TOO_SLOW', {
    message: `the blob ${place.reference} ${moves} too slowly: ${bytes} bytes in ${seconds} s`,
    hint: 'is the registry overloaded, or the way to it? limits.min-rate says how slow is too slow',
    ...place,
  });
