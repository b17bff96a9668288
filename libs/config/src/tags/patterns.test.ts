import { describe, expect, it } from 'vitest';
import { parseTagPatterns } from './patterns.ts';

function matched(entries: readonly string[], tag: string): string | undefined {
  const parsed = parseTagPatterns(entries);
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.patterns?.match(tag);
}

describe('config/tags/patterns', () => {
  it.each([
    ['stable', ['stable'], 'stable'],
    ['stable', ['stabl'], undefined],
    ['1.36.1', ['semver: >=1.0.0'], 'semver: >=1.0.0'],
    ['0.9.0', ['semver: >=1.0.0'], undefined],
    ['latest', ['semver: >=0.0.0'], undefined],
    ['nightly-20250101', ['regex: .+-[0-9]{8}'], 'regex: .+-[0-9]{8}'],
    ['nightly-20250101-a', ['regex: .+-[0-9]{8}'], undefined],
    ['v1', ['regex: !latest'], 'regex: !latest'],
    ['latest', ['regex: !latest'], undefined],
    ['2.0.0', ['', 'stable', 'semver: >=1.0.0', 'regex: .*'], 'semver: >=1.0.0'],
  ])('tells which pattern matches "%s" of %j', (tag, entries, pattern) => {
    expect(matched(entries, tag)).toBe(pattern);
  });

  it('describes nothing where the list names nothing', () => {
    expect(parseTagPatterns([])).toEqual({ patterns: undefined });
    expect(parseTagPatterns([''])).toEqual({ patterns: undefined });
  });

  it('tells every entry that is wrong', () => {
    const entries = ['semver: ~1', 'stable', 'regex: (', 'keep: .*', 'keep: latest 5'];
    const parsed = parseTagPatterns(entries);
    const problems = 'problems' in parsed ? parsed.problems : [];
    expect(problems.map(({ rule, index }) => [rule, index])).toEqual([
      ['semver-range-invalid', 0],
      ['tag-regex-invalid', 2],
      ['keep-misplaced', 3],
      ['keep-misplaced', 4],
    ]);
  });
});
