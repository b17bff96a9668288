import { isSyncError, type SyncError } from '@regfleet/model';

// Who asks, a proxy's login, a body that is too large, patience: refused whatever is there.
const OF_ITSELF: ReadonlySet<number> = new Set([401, 407, 413, 429]);

/**
 * True: what was to be written may be there already. Registries whose content cannot be overwritten refuse also the very same,
 * each by a status and in words of its own, so only a look tells.
 */
export const mayBeThere = (error: unknown): error is SyncError =>
  isSyncError(error) &&
  // Some tell by 403 that a token has expired.
  error.code !== 'UNAUTHORIZED' &&
  error.httpStatus !== undefined &&
  error.httpStatus >= 400 &&
  error.httpStatus < 500 &&
  !OF_ITSELF.has(error.httpStatus);
