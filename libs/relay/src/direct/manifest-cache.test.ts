import { type Manifest, MEDIA_TYPES, parseDigest } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { ManifestCache } from './manifest-cache.ts';

const manifest = (letter: string): Manifest => ({
  mediaType: MEDIA_TYPES.ociManifest,
  digest: parseDigest(`sha256:${letter.repeat(64)}`),
  bytes: new Uint8Array(10),
});

describe('relay/direct/manifest-cache', () => {
  it('drops what was not used for longest when it is full', () => {
    const cache = new ManifestCache(20);
    const [a, b, c] = [manifest('a'), manifest('b'), manifest('c')];
    cache.set('r', a);
    cache.set('r', b);
    cache.get('r', a.digest);
    cache.set('r', c);
    expect([a, b, c].map(({ digest }) => cache.get('r', digest))).toEqual([a, undefined, c]);
  });

  it('keeps registries apart', () => {
    const cache = new ManifestCache(20);
    cache.set('r', manifest('a'));
    expect(cache.get('other', manifest('a').digest)).toBeUndefined();
  });
});
