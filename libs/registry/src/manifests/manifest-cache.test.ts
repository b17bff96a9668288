import { type Manifest, MEDIA_TYPES, parseDigest } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { ManifestCache } from './manifest-cache.ts';

const manifest = (letter: string): Manifest => ({
  mediaType: MEDIA_TYPES.ociManifest,
  digest: parseDigest(`sha256:${letter.repeat(64)}`),
  bytes: new Uint8Array(10),
});

/** Of an entry of the account called `account`. */
const SIZE = 512 + 'account '.length + manifest('a').digest.length + 10;

describe('registry/manifests/manifest-cache', () => {
  it('drops what was not used for longest when it is full', () => {
    const manifests = new ManifestCache(2 * SIZE).of('account');
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

  it('counts what an account is called, with each of its manifests', () => {
    const cache = new ManifestCache(100_000);
    const manifests = cache.of(`account${'x'.repeat(1_000)}`);
    for (const letter of ['a', 'b', 'a']) manifests.add(manifest(letter));
    expect(cache.sizeBytes).toBe(2 * (SIZE + 1_000));
  });

  it('lets go what nobody has asked for in more than a day', () => {
    const clock = { ms: 0 };
    const cache = new ManifestCache(100_000, () => clock.ms);
    const manifests = cache.of('account');
    manifests.add(manifest('a'));
    manifests.add(manifest('b'));
    clock.ms += 24 * 3_600_000;
    manifests.get(manifest('b').digest, 'app');
    clock.ms += 3_600_000;
    manifests.add(manifest('c'));
    expect(cache.sizeBytes).toBe(2 * SIZE);
    expect(manifests.get(manifest('b').digest, 'app')).toBeDefined();
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
