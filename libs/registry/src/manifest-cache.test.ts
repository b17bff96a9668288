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
    const manifests = new ManifestCache(20).of('account');
    const [a, b, c] = [manifest('a'), manifest('b'), manifest('c')];
    manifests.add(a);
    manifests.add(b);
    manifests.get(a.digest);
    manifests.add(c);
    expect([a, b, c].map(({ digest }) => manifests.get(digest))).toEqual([a, undefined, c]);
  });

  it('keeps accounts apart', () => {
    const cache = new ManifestCache(20);
    cache.of('one').add(manifest('a'));
    expect(cache.of('other').get(manifest('a').digest)).toBeUndefined();
  });
});
