import { type Manifest, MEDIA_TYPES, parseDigest } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { ManifestCache } from './manifest-cache.ts';

const manifest = (letter: string): Manifest => ({
  mediaType: MEDIA_TYPES.ociManifest,
  digest: parseDigest(`sha256:${letter.repeat(64)}`),
  bytes: new Uint8Array(10),
});

describe('registry/manifest-cache', () => {
  it('drops what was not used for longest when it is full', () => {
    const manifests = new ManifestCache(2 * (512 + 10)).of('account');
    const [a, b, c] = [manifest('a'), manifest('b'), manifest('c')];
    manifests.add(a);
    manifests.add(b);
    manifests.get(a.digest);
    manifests.add(c);
    expect([a, b, c].map(({ digest }) => manifests.get(digest))).toEqual([a, undefined, c]);
  });

  it('keeps nothing but the bytes of a manifest, which are counted', () => {
    const manifests = new ManifestCache(2_000).of('account');
    const bytes = new Uint8Array(65_536).subarray(100, 110);
    manifests.add({ ...manifest('a'), bytes });
    const kept = manifests.get(manifest('a').digest);
    expect(kept?.bytes).toEqual(bytes);
    expect(kept?.bytes.buffer.byteLength).toBe(10);
  });

  it('keeps accounts apart', () => {
    const cache = new ManifestCache(2_000);
    cache.of('one').add(manifest('a'));
    expect(cache.of('other').get(manifest('a').digest)).toBeUndefined();
  });
});
