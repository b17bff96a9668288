import { describe, expect, it } from 'vitest';
import { formatAnchor, parseAnchor } from './anchor-tag.ts';
import { type Digest, parseDigest } from './digest.ts';
import { expiredAnchors, type KeepRule } from './history.ts';

const DAY_MS = 24 * 3_600_000;
const digestOf = (letter: string): Digest => parseDigest(`sha256:${letter.repeat(64)}`);

/** @param letters - of the digests that the tag had, a day each. */
function expired(letters: string, current: string, rule: KeepRule): string {
  const anchors = [...letters].map((letter, day) =>
    parseAnchor(formatAnchor({ kind: 'keep', tag: 'v1', atMs: day * DAY_MS, digest: digestOf(letter) })),
  );
  const given = anchors.flatMap((anchor) => anchor ?? []).reverse();
  const nowMs = letters.length * DAY_MS;
  const gone = expiredAnchors(given, rule, { current: digestOf(current), nowMs });
  return gone.map(({ digits }) => digits.charAt(0)).join('');
}

describe('model/history', () => {
  it.each([
    ['abc', 'd', 4, ''],
    ['abc', 'd', 3, 'a'],
    ['abcd', 'e', 2, 'abc'],
    // What comes back counts once, from when it was there last.
    ['abab', 'c', 3, ''],
    ['cabab', 'd', 3, 'c'],
    ['abcb', 'a', 3, ''],
    ['aaab', 'b', 2, ''],
  ])('of %s, now %s, of which %i stay, lets go %j', (letters, current, count, gone) => {
    expect(expired(letters, current, { kind: 'count', count })).toBe(gone);
  });

  it('lets go what was overwritten longer ago than it says', () => {
    expect(expired('abcd', 'e', { kind: 'age', ageMs: 2 * DAY_MS })).toBe('ab');
  });
});
