import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anchorLabel, formatAnchor, isAnchorTag, parseAnchor } from './anchor-tag.ts';
import { type Digest, parseDigest } from './digest.ts';
import { fuzzRuns } from './fuzz-runs.fixture.ts';
import { isTagName } from './reference.ts';

const DIGEST = parseDigest(`sha256:${'0a1b'.repeat(16)}`);
const AT_MS = Date.parse('2026-11-28T09:30:42.007Z');

describe('model/anchor-tag', () => {
  it('names the tag, the time and the digest', () => {
    const text = formatAnchor({ kind: 'keep', tag: 'v1.2.3', atMs: AT_MS, digest: DIGEST });
    expect(text).toBe('regfleet.keep.v1.2.3.20261128093042007.0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b');
    expect(parseAnchor(text)).toEqual({
      kind: 'keep',
      label: 'v1.2.3',
      atMs: AT_MS,
      digits: '0a1b'.repeat(8),
      text,
    });
  });

  it('is a tag that registries take, of whatever tag it is, and is read again', () => {
    const tags = fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/);
    const times = fc.integer({ min: 0, max: Date.parse('9999-12-31') });
    const digests = fc.stringMatching(/^[0-9a-f]{64}$/).map((hex) => `sha256:${hex}` as Digest);
    fc.assert(
      fc.property(tags, times, digests, (tag, atMs, digest) => {
        const text = formatAnchor({ kind: 'keep', tag, atMs, digest });
        expect(isTagName(text)).toBe(true);
        expect(parseAnchor(text)).toMatchObject({
          label: anchorLabel(tag),
          atMs,
          digits: digest.slice(7, 39),
        });
      }),
      fuzzRuns(),
    );
  });

  it('tells long tags apart from each other and from short ones', () => {
    const long = 'a'.repeat(128);
    const labels = [long, `${long.slice(1)}b`, 'a'.repeat(31), anchorLabel(long)].map(anchorLabel);
    expect(new Set(labels).size).toBe(4);
    expect(Math.max(...labels.map((label) => label.length))).toBe(32);
  });

  it.each([
    'latest',
    'regfleet.keep.v1',
    'regfleet.other.v1.20261128093042007.00000000000000000000000000000000',
    'regfleet.keep.v1.20261328093042007.00000000000000000000000000000000',
    'regfleet.keep.v1.99991231235959999.00000000000000000000000000000000',
  ])('does not take %s for one', (tag) => {
    expect(isAnchorTag(tag)).toBe(false);
  });
});
