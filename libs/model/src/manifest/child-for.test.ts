import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Digest, parseDigest } from '../digest.ts';
import type { Platform } from '../platform.ts';
import { childFor } from './child-for.ts';
import { type Manifest, MEDIA_TYPES } from './manifest.ts';

const ARM: Platform = { os: 'linux', architecture: 'arm64' };

interface Entry {
  readonly of: Manifest;
  /** Absent: that of the manifest; empty: none. */
  readonly mediaType?: string;
  readonly platform?: Platform;
}

function manifest(mediaType: string, content: object): Manifest {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...content }));
  const digest = parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
  return { mediaType, digest, bytes };
}

const image = (name: string): Manifest =>
  manifest(MEDIA_TYPES.ociManifest, {
    config: { digest: `sha256:${'c'.repeat(64)}`, size: 1 },
    layers: [],
    annotations: { name },
  });

const index = (...entries: readonly Entry[]): Manifest =>
  manifest(MEDIA_TYPES.ociIndex, {
    manifests: entries.map(({ of, mediaType = of.mediaType, platform = ARM }) => ({
      digest: of.digest,
      size: of.bytes.byteLength,
      ...(mediaType !== '' && { mediaType }),
      platform,
    })),
  });

/** A registry that holds these, and says which were asked for. */
function registryOf(...manifests: readonly Manifest[]) {
  const asked: Digest[] = [];
  const read = async (digest: Digest): Promise<Manifest> => {
    asked.push(digest);
    const found = manifests.find((held) => held.digest === digest);
    if (found === undefined) throw new Error(`there is no ${digest}`);
    return found;
  };
  return { read, asked };
}

describe('model/manifest/child-for', () => {
  const arm = image('arm');

  it('takes an entry at its word that it is an image, and reads nothing', async () => {
    const { read, asked } = registryOf();
    expect(await childFor(index({ of: arm }), ARM, read)).toBe(arm.digest);
    expect(asked).toEqual([]);
  });

  it('goes down through indexes that an index names', async () => {
    const below = index({ of: image('other'), platform: { os: 'windows' } }, { of: arm });
    const { read, asked } = registryOf(below);
    expect(await childFor(index({ of: below }), ARM, read)).toBe(arm.digest);
    expect(asked).toEqual([below.digest]);
  });

  it.each([
    ['an image', arm, arm],
    ['an index', index({ of: arm }), arm],
  ])('looks whether an entry without a media type is %s', async (_, of, expected) => {
    const { read, asked } = registryOf(of);
    expect(await childFor(index({ of, mediaType: '' }), ARM, read)).toBe(expected.digest);
    expect(asked).toEqual([of.digest]);
  });

  it('gives up where indexes are nested without end', async () => {
    const nested = [index({ of: arm })];
    for (let depth = 0; depth < 9; depth += 1) nested.unshift(index({ of: nested[0] ?? arm }));
    const { read } = registryOf(...nested);
    await expect(childFor(nested[0] ?? arm, ARM, read)).rejects.toThrow('nested more than 8 deep');
  });
});
