import { matchesPlatform, type Platform } from '@regfleet/model';

/**
 * `platform` as a daemon reads it, `os[/architecture[/variant]]`.
 *
 * @see https://pkg.go.dev/github.com/containerd/platforms#Parse
 */
export function pullPlatform({ os = 'linux', architecture, variant }: Platform): string {
  const parts = architecture === undefined ? [os] : [os, architecture, variant];
  return parts
    .filter((part) => part !== undefined)
    .join('/')
    .toLowerCase();
}

/**
 * Whether the image that a daemon pulled is for the platform that was asked for.
 *
 * Daemons keep what they have, or take the nearest, without a word. Many images name no variant in their config, though their
 * index does: these are taken at the index's word.
 */
export function isForPlatform(image: Platform, wanted: Platform): boolean {
  const variant = image.variant ?? wanted.variant;
  return matchesPlatform({ ...image, ...(variant !== undefined && { variant }) }, wanted);
}
