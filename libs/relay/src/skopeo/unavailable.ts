import { SyncError } from '@regfleet/model';

/** skopeo could not be started, or not as one that copies. */
export function skopeoUnavailable(binary: string, why: string, cause?: unknown): SyncError {
  return new SyncError('RELAY_UNAVAILABLE', {
    message: `cannot run skopeo as "${binary}": ${why}`,
    hint: 'install skopeo (Debian: apt-get install skopeo), point skopeo.binary at it, or use relay: direct',
    cause,
  });
}
