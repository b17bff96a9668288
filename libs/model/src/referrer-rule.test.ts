import { describe, expect, it } from 'vitest';
import { parseDigest } from './digest.ts';
import { isSignature, isWanted, ruleKey } from './referrer-rule.ts';

const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const PREDICATE = 'dev.sigstore.bundle.predicateType';

const referrer = (artifactType: string | undefined, annotations?: Record<string, string>) => ({
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: parseDigest(`sha256:${'1'.repeat(64)}`),
  sizeBytes: 1,
  ...(artifactType && { artifactType }),
  ...(annotations && { annotations }),
});

describe('model/referrer-rule', () => {
  it.each([
    [BUNDLE, undefined, true],
    [BUNDLE, { [PREDICATE]: 'https://sigstore.dev/cosign/sign/v1' }, true],
    [BUNDLE, { [PREDICATE]: 'https://slsa.dev/provenance/v1' }, false],
    ['application/vnd.cncf.notary.signature', undefined, true],
    ['application/vnd.dev.cosign.artifact.sig.v1+json', undefined, true],
    ['application/spdx+json', undefined, false],
    [undefined, undefined, false],
  ])('tells whether %s with %o is a signature: %s', (type, annotations, isOne) => {
    expect(isSignature(referrer(type, annotations))).toBe(isOne);
  });

  it('wants one of the types, and all of the annotations', () => {
    const rule = { checkMs: 0, artifactTypes: ['a/b', 'c/d'], annotations: { key: 'value' } };
    expect(isWanted(rule, referrer('a/b', { key: 'value', other: 'x' }))).toBe(true);
    expect(isWanted(rule, referrer('a/b', { key: 'other' }))).toBe(false);
    expect(isWanted(rule, referrer('e/f', { key: 'value' }))).toBe(false);
    expect(isWanted({ checkMs: 0 }, referrer(undefined))).toBe(true);
  });

  it('has one key for rules that choose alike', () => {
    const key = ruleKey({ checkMs: 0, artifactTypes: ['a/b', 'c/d'] });
    expect(ruleKey({ checkMs: 60_000, artifactTypes: ['c/d', 'a/b'] })).toBe(key);
    expect(ruleKey({ checkMs: 0, artifactTypes: ['a/b'] })).not.toBe(key);
    expect(ruleKey({ checkMs: 0 })).not.toBe(ruleKey({ checkMs: 0, annotations: { key: 'value' } }));
  });
});
