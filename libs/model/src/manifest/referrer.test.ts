import { describe, expect, it } from 'vitest';
import { parseDigest } from '../digest.ts';
import { MEDIA_TYPES } from './manifest.ts';
import { describeReferrer, fallbackTag, isDigestTag, mergeReferrers, parseReferrers } from './referrer.ts';

const ONE = parseDigest(`sha256:${'1'.repeat(64)}`);
const TWO = parseDigest(`sha256:${'2'.repeat(64)}`);
const SHA512 = parseDigest(`sha512:${'a'.repeat(128)}`);

const bytesOf = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
const read = (bytes: Uint8Array | undefined): unknown => JSON.parse(Buffer.from(bytes ?? []).toString());

const referrer = { mediaType: MEDIA_TYPES.ociManifest, digest: ONE, sizeBytes: 7, artifactType: 'a/b' };
const entry = { mediaType: MEDIA_TYPES.ociManifest, digest: ONE, size: 7, artifactType: 'a/b' };

describe('model/manifest/referrer', () => {
  it.each([
    [ONE, `sha256-${'1'.repeat(64)}`],
    [SHA512, `sha512-${'a'.repeat(64)}`],
  ])('makes a tag of %s that no digest is too long for', (digest, tag) => {
    expect(fallbackTag(digest)).toBe(tag);
    expect(isDigestTag(tag)).toBe(true);
  });

  it.each([
    [`${fallbackTag(ONE)}.sig`, true],
    [`${fallbackTag(ONE)}.sbom`, true],
    [`${fallbackTag(ONE)}.other`, false],
    ['sha256-short', false],
    ['1.0.sig', false],
  ])('tells whether %s stands for what belongs to an image: %s', (tag, isOne) => {
    expect(isDigestTag(tag)).toBe(isOne);
  });

  it('keeps of a list all that is not about what is added, and the order', () => {
    const other = { mediaType: 'x/y', digest: TWO, size: 1, data: 'e30=', platform: { os: 'linux' } };
    const list = { schemaVersion: 2, annotations: { by: 'others' }, manifests: [other] };
    expect(read(mergeReferrers(bytesOf(list), [referrer]))).toEqual({
      mediaType: MEDIA_TYPES.ociIndex,
      ...list,
      manifests: [other, entry],
    });
  });

  it('mends an entry that says less, and writes nothing where all is said', () => {
    const bare = { mediaType: MEDIA_TYPES.ociManifest, digest: ONE, size: 7 };
    const mended = mergeReferrers(bytesOf({ schemaVersion: 2, manifests: [bare] }), [referrer]);
    expect(read(mended)).toMatchObject({ manifests: [entry] });
    expect(mergeReferrers(mended, [referrer])).toBeUndefined();
    expect(parseReferrers(mended ?? Buffer.alloc(0))).toEqual([referrer]);
  });

  it.each([
    ['no JSON', 'x'],
    ['an image', JSON.stringify({ schemaVersion: 2, config: {}, layers: [] })],
    ['an entry without a digest', JSON.stringify({ manifests: [{ size: 1 }] })],
  ])('takes for no list of referrers: %s', (_title, text) => {
    expect(parseReferrers(Buffer.from(text))).toBeUndefined();
  });

  it.each([
    ['its own type', { artifactType: 'a/b', config: { mediaType: 'c/d' } }, 'a/b'],
    ['the type of its config', { config: { mediaType: 'c/d' } }, 'c/d'],
    ['none', {}, undefined],
  ])('describes a manifest by %s', (_title, manifest, artifactType) => {
    const bytes = bytesOf({ ...manifest, subject: { digest: TWO }, annotations: { key: 'value' } });
    const described = describeReferrer({ mediaType: MEDIA_TYPES.ociManifest, digest: ONE, bytes });
    expect(described.subject).toBe(TWO);
    expect(described.referrer.artifactType).toBe(artifactType);
    expect(described.referrer.annotations).toEqual({ key: 'value' });
  });
});
