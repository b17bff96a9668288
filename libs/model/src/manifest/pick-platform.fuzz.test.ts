import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDigest } from '../digest.ts';
import { isSyncError } from '../errors.ts';
import { fuzzRuns } from '../fuzz-runs.fixture.ts';
import { localPlatform, matchesPlatform, type Platform } from '../platform.ts';
import { type Descriptor, MEDIA_TYPES } from './manifest.ts';
import { pickPlatform } from './pick-platform.ts';

const LOCAL = localPlatform();

const part = (...words: string[]): fc.Arbitrary<string | undefined> =>
  fc.option(fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...words) }, fc.string({ maxLength: 200 })), {
    nil: undefined,
  });

const platform: fc.Arbitrary<Platform> = fc
  .tuple(
    part('linux', 'windows', 'unknown'),
    part('amd64', 'arm64', 'arm', 'unknown', LOCAL.architecture ?? ''),
    part('v6', 'v7', 'v8'),
  )
  .map(([os, architecture, variant]) => ({
    ...(os !== undefined && { os }),
    ...(architecture !== undefined && { architecture }),
    ...(variant !== undefined && { variant }),
  }));

const child: fc.Arbitrary<Descriptor> = fc
  .tuple(fc.nat({ max: 0xffff }), fc.option(platform, { nil: undefined }))
  .map(([number, of]) => ({
    mediaType: MEDIA_TYPES.ociManifest,
    digest: parseDigest(`sha256:${number.toString(16).padStart(64, '0')}`),
    sizeBytes: 1,
    ...(of !== undefined && { platform: of }),
  }));

function picked(children: readonly Descriptor[], wanted: Platform): Descriptor | undefined {
  try {
    return pickPlatform(children, wanted);
  } catch (error) {
    expect(isSyncError(error) && error.code).toBe('PLATFORM_UNKNOWN');
    expect(String(error).length).toBeLessThan(3_000);
    return undefined;
  }
}

describe('model/manifest/pick-platform, whatever an index lists', () => {
  it('picks one that matches where there is one, this machine’s before others, in whatever order', () => {
    fc.assert(
      fc.property(fc.array(child, { maxLength: 40 }), platform, (children, wanted) => {
        const found = picked(children, wanted);
        const matching = children.filter((one) => matchesPlatform(one.platform ?? {}, wanted));
        expect(found === undefined).toBe(matching.length === 0);
        if (found === undefined) return;
        expect(matching).toContain(found);
        const isForUs = (one: Descriptor): boolean =>
          matchesPlatform(one.platform ?? {}, { ...LOCAL, ...wanted });
        const turned = picked(children.toReversed(), wanted);
        expect(isForUs(found)).toBe(matching.some(isForUs));
        expect(turned !== undefined && isForUs(turned)).toBe(isForUs(found));
      }),
      fuzzRuns(10),
    );
  });
});
