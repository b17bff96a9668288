import { type CopyRequest, MEDIA_TYPES, parseDigest, parsePlatform, parseReference } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { isInSync } from './comparison.ts';

const DIGEST = parseDigest(`sha256:${'a'.repeat(64)}`);
const OTHER = parseDigest(`sha256:${'b'.repeat(64)}`);

function request(platform: string, target = 'dst.example/app:1'): CopyRequest {
  const selection = parsePlatform(platform);
  return {
    relay: 'direct',
    source: parseReference('src.example/app:1'),
    target: parseReference(target),
    ...(selection !== undefined && { platform: selection }),
  };
}

const index = { digest: DIGEST, mediaType: MEDIA_TYPES.ociIndex };
const image = { digest: DIGEST, mediaType: MEDIA_TYPES.ociManifest };

describe('relay/direct/comparison', () => {
  it.each([
    ['an equal image', request(''), image, true],
    ['an equal image, whatever the platform', request('linux/arm64'), image, true],
    ['an equal index with all platforms', request('all'), index, true],
    ['an equal index where one platform is wanted', request('linux/arm64'), index, false],
    ['an equal index where this platform is wanted', request(''), index, false],
    ['an equal index under its digest', request('', `dst.example/app@${DIGEST}`), index, true],
    ['another image', request(''), { ...image, digest: OTHER }, false],
    ['nothing', request('all'), undefined, false],
  ])('judges %s', (_, wanted, target, expected) => {
    expect(isInSync(wanted, DIGEST, target)).toBe(expected);
  });
});
