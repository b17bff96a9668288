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
    manifests.get(a.digest, 'app');
    manifests.add(c);
    expect([a, b, c].map(({ digest }) => manifests.get(digest, 'app'))).toEqual([a, undefined, c]);
  });

  it('keeps nothing but the bytes of a manifest, which are counted', () => {
    const manifests = new ManifestCache(2_000).of('account');
    const bytes = new Uint8Array(65_536).subarray(100, 110);
    manifests.add({ ...manifest('a'), bytes });
    const kept = manifests.get(manifest('a').digest, 'app');
    expect(kept?.bytes).toEqual(bytes);
    expect(kept?.bytes.buffer.byteLength).toBe(10);
  });

  it('keeps repositories apart where one alone says what it is', () => {
    const manifests = new ManifestCache(2_000).of('account');
    const { digest } = manifest('a');
    manifests.add({ ...manifest('a'), mediaType: 'application/x-other' }, 'evil/x');
    expect(manifests.get(digest, 'team/app')).toBeUndefined();
    expect(manifests.get(digest, 'evil/x')?.mediaType).toBe('application/x-other');
    manifests.add(manifest('a'));
    for (const name of ['team/app', 'evil/x']) expect(manifests.get(digest, name)).toEqual(manifest('a'));
  });

  it('keeps accounts apart', () => {
    const cache = new ManifestCache(2_000);
    cache.of('one').add(manifest('a'));
    expect(cache.of('other').get(manifest('a').digest, 'app')).toBeUndefined();
  });
});
