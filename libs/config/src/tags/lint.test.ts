import { describe, expect, it } from 'vitest';
import { lintTagRules } from './lint.ts';

describe('config/tags/lint', () => {
  it.each([
    ['', 'tag-entry-empty', /ignored/],
    ['regex: 1.30|stable', 'regex-alternation-ungrouped', /starts with 1\.30 or ends with stable/],
    ['keep: !a|b', 'regex-alternation-ungrouped', /starts with a or ends with b/],
    ['regex: *', 'regex-is-glob', /glob/],
    ['semver: ~1.x', 'semver-operator-unknown', /exactly 1\.0\.0/],
    ['semver: ^1.2.x', 'semver-operator-unknown', /exactly 1\.2\.0/],
    ['semver: v1.x', 'semver-operator-unknown', /exactly 1\.0\.0/],
    ['semver: !=1.x', 'semver-range-empty', /nothing is !=1\.x/],
    ['semver: >=2.0.0 <1.0.0 || 3.x', 'semver-range-empty', /nothing is >=2\.0\.0 <1\.0\.0/],
    ['semver: >1.0.0 <=1.0.0', 'semver-range-empty', /nothing/],
    ['semver: 1.0.0 !=1.0.0', 'semver-range-empty', /nothing/],
    ['semver: ! 1.0.0', 'semver-token-ignored', /"!"/],
    ['semver: 1.x.x', 'semver-wildcard-narrow', /1\.0\.x/],
    ['keep:latest 2', 'keep-count-misread', /regular expression/],
    ['keep: latest -1', 'keep-count-misread', /regular expression/],
    ['keep: latest 0', 'keep-count-zero', /no limit/],
    ['1.*', 'tag-name-invalid', /neither a tag/],
    ['>=1.0.0', 'tag-name-invalid', /neither a tag/],
    ['Semver: 1.0.0', 'tag-name-invalid', /neither a tag/],
    ['sha256:abc', 'tag-name-invalid', /nor a digest/],
  ])('doubts %j: %s', (entry, rule, message) => {
    expect(lintTagRules(['regex: v.*', entry])).toEqual([
      expect.objectContaining({ index: 1, rule, message: expect.stringMatching(message) }),
    ]);
  });

  it('finds both the ignored hyphen and the empty range in a hyphen range', () => {
    expect(lintTagRules(['semver: 1.0.0 - 2.0.0']).map(({ rule }) => rule)).toEqual([
      'semver-token-ignored',
      'semver-range-empty',
    ]);
  });

  it('finds limits that a later one overrules and filters that have nothing to filter', () => {
    expect(
      lintTagRules(['a', 'keep: latest 1', 'keep: v.*', 'keep: latest 2']).map(({ index, rule }) => [
        index,
        rule,
      ]),
    ).toEqual([
      [1, 'keep-count-repeated'],
      [2, 'keep-without-effect'],
    ]);
  });

  it('has no doubts about what means what it says', () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const entries = [
      'latest',
      ':1.36',
      digest,
      `1.36@${digest}`,
      'semver: >=1.31.0 <2.0.0 || 3.x !=3.1.0',
      'semver: >=1.2.3-experimental',
      'semver: 1.0.0 =1.0.0',
      'semver: !=1.0.0',
      'regex: (a|b)-.*',
      'keep: !.*-rc.*',
      'keep: latest 5',
    ];
    expect(lintTagRules(entries)).toEqual([]);
  });

  it('leaves invalid entries to the parser', () => {
    expect(lintTagRules(['semver: 1', 'regex: (', 'keep: latest\t2'])).toEqual([]);
  });
});
