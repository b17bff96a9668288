import { SyncError } from '../errors.ts';
import { formatPlatform, localPlatform, matchesPlatform, type Platform } from '../platform.ts';
import { clip } from '../text/clip.ts';
import type { Descriptor } from './manifest.ts';

// Longer than all that any image is built for.
const MAX_SHOWN = 1_000;

/**
 * The entry of an index that a platform wish means.
 *
 * Where several match, since the wish leaves parts open, one for this machine goes first, as with skopeo.
 *
 * @throws {SyncError} `PLATFORM_UNKNOWN`, naming what there is.
 */
export function pickPlatform(children: readonly Descriptor[], wanted: Platform): Descriptor {
  const matching = children.filter((child) => matchesPlatform(child.platform ?? {}, wanted));
  const completed = { ...localPlatform(), ...wanted };
  const picked = matching.find((child) => matchesPlatform(child.platform ?? {}, completed)) ?? matching[0];
  if (picked !== undefined) return picked;
  const named = children.map((child) => formatPlatform(child.platform)).filter((name) => name !== '');
  const there = clip([...new Set(named)].join(', '), MAX_SHOWN);
  throw new SyncError('PLATFORM_UNKNOWN', {
    message: `the image is not there for ${formatPlatform(wanted)}, only for ${there || 'nothing that names a platform'}`,
    hint: 'set platform to one of these, or to all',
  });
}
