import {
  type CopyRequest,
  formatReference,
  isPlatformList,
  type Platform,
  platformLimit,
  SyncError,
} from '@regfleet/model';

/**
 * What of an index is copied by a relay that makes no index of its own.
 *
 * @throws {SyncError} `PLATFORM_INVALID` where it cannot.
 */
export function onePlatform({ relay, platform, source }: CopyRequest): 'all' | Platform | undefined {
  const limit = platformLimit(relay, platform);
  if (limit === undefined && !isPlatformList(platform)) return platform;
  throw new SyncError('PLATFORM_INVALID', {
    message: 'the platform is not one that this relay can copy',
    ...limit,
    reference: formatReference(source),
  });
}
