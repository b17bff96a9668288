import { describe, expect, it } from 'vitest';
import { parseTagFilter, parseTagRules } from './filter.ts';

const LISTED =
  'latest 1.31 1.31.0 1.31.1 1.31.1-musl 1.31.1-glibc 1.31-glibc 1.30.0 1.26.1-glibc 1.26.1-musl 1.26.1-uclibc stable 1 glibc 1.31.0'.split(
    ' ',
  );
const ALL =
  '1 1.26.1-glibc 1.26.1-musl 1.26.1-uclibc 1.30.0 1.31 1.31-glibc 1.31.0 1.31.1 1.31.1-glibc 1.31.1-musl glibc latest stable';

/** All at once, and in how many steps it came. */
function explain(rules: readonly string[], available: readonly string[]) {
  const explaining = parseTagFilter(rules).explaining(available);
  for (let steps = 1; ; steps += 1) {
    const step = explaining.next();
    if (step.done === true) return { steps, decisions: step.value };
  }
}

describe('config/tags/filter', () => {
  it.each([
    [[], true, ALL],
    [['latest'], false, 'latest'],
    [['semver: >=1.31.0 <1.31.9'], true, '1.31 1.31.0 1.31.1 1.31.1-glibc 1.31.1-musl'],
    [['regex: 1.30|stable'], true, '1.30.0 stable'],
    [['regex: (1.30|stable)'], true, 'stable'],
    [['regex:! .+(glibc|musl)'], true, ALL],
    [['regex: (?i)LATEST'], true, 'latest'],
    [['keep: .*glibc'], true, '1.26.1-glibc 1.31-glibc 1.31.1-glibc glibc'],
    [['keep: latest 2'], true, '1.31-glibc 1.31.1 1.31.1-musl glibc latest stable'],
    [['keep:latest 2'], true, ''],
    [['keep: latest -1'], true, ''],
    [['keep: latest'], true, 'latest'],
    [
      ['keep: latest 2', 'keep: latest 3'],
      true,
      '1.31-glibc 1.31.1 1.31.1-glibc 1.31.1-musl glibc latest stable',
    ],
    [['keep: latest 3', 'keep: latest 0'], true, ALL],
    [['keep:\v\tlatest\t 002'], true, '1.31-glibc 1.31.1 1.31.1-musl glibc latest stable'],
    [['keep: latest 9223372036854775807'], true, ALL],
    [
      ['keep: !.*glibc', 'semver: >=1.0.0'],
      true,
      '1 1.26.1-musl 1.26.1-uclibc 1.30.0 1.31 1.31.0 1.31.1 1.31.1-musl',
    ],
    [['keep: .*1.*', 'keep: .*glibc', 'regex: .*'], true, '1.26.1-glibc 1.31-glibc 1.31.1-glibc'],
    [['latest', 'latest', '1.31.0', 'semver: 1.31.0'], true, '1.31 1.31.0 latest'],
    [['glibc', 'semver: >=1.0.0', 'keep: latest 1'], true, '1.31.1 glibc'],
    [['glibc', 'stable', 'latest', 'keep: latest 2'], false, 'latest stable'],
    [['1.0.0', '2.0.0', '3.0.0', 'keep: latest 2'], false, '2.0.0 3.0.0'],
    [['semver: >=9.0.0'], true, ''],
    [['sha256:abc', 'x@sha256:def', 'keep: all.+'], false, 'sha256:abc x@sha256:def'],
    [['Semver: 1.0.0'], false, 'Semver: 1.0.0'],
    [['  latest  ', ''], false, 'latest'],
  ])('selects by %j (needs listing: %j)', (rules, needsListing, expected) => {
    const filter = parseTagFilter(rules);
    expect(filter.needsListing).toBe(needsListing);
    expect(filter.select(LISTED)).toEqual(
      expected === 'Semver: 1.0.0' ? [expected] : expected.split(' ').filter(Boolean),
    );
  });

  it.each([
    'semver:',
    'semver: 1',
    'semver: >1.2',
    'semver: ~1.2.3',
    'regex: (',
    'keep: (',
    'regex: a(?=b)',
    'keep:\tlatest\t2',
    'keep: latest\t2',
    'keep: latest 9223372036854775808',
  ])('refuses %j by name', (rule) => {
    expect(() => parseTagFilter(['1.0.0', rule])).toThrow(
      expect.objectContaining({ code: 'TAG_FILTER_INVALID', message: expect.stringContaining(rule) }),
    );
  });

  it('tells everything that is wrong with a list, by position', () => {
    expect(parseTagRules(['1.0.0', 'semver: 1', 'regex: (', 'keep: latest\t2', 'keep: ('])).toMatchObject({
      problems: [
        { index: 1, rule: 'semver-range-invalid' },
        { index: 2, rule: 'tag-regex-invalid' },
        { index: 3, rule: 'keep-count-invalid' },
        { index: 4, rule: 'keep-regex-invalid' },
      ],
    });
  });

  it.each([[['']], [[' ', 'keep: v.*']]])(
    'refuses %j, which would take every tag for a forgotten one',
    (rules) => {
      expect(parseTagRules(rules)).toMatchObject({ problems: [{ index: 0, rule: 'tag-entry-empty' }] });
    },
  );

  it('keeps of equal versions those that are later in byte order', () => {
    expect(parseTagFilter(['keep: latest 2']).select(['v1.36.0', '1.36', '1.36.0', '1.35'])).toEqual([
      '1.36.0',
      'v1.36.0',
    ]);
  });

  it('counts a tag that is also named verbatim twice towards the limit', () => {
    const rules = ['2.0.0', 'semver: >=1.0.0', 'keep: latest 2'];
    expect(parseTagFilter(rules).select(['1.0.0', '2.0.0'])).toEqual(['2.0.0']);
  });

  it('sorts by UTF-8 bytes', () => {
    expect(parseTagFilter(['😀', '\ufffd', 'Z', 'a']).select([])).toEqual(['Z', 'a', '\ufffd', '😀']);
  });

  it('says of every tag why it is in or out', () => {
    const rules = ['glibc', 'semver: >=1.31.0', 'regex: st.*', 'keep: !.*-glibc', 'keep: latest 1'];
    expect(
      explain(rules, LISTED).decisions.map(
        ({ tag, selected, reason }) => `${selected ? '+' : '-'} ${tag}: ${reason}`,
      ),
    ).toEqual([
      '+ 1.31.1: matches semver: >=1.31.0',
      '+ glibc: verbatim',
      '+ stable: matches regex: st.*',
      '- 1: matches no rule',
      '- 1.26.1-glibc: matches no rule',
      '- 1.26.1-musl: matches no rule',
      '- 1.26.1-uclibc: matches no rule',
      '- 1.30.0: matches no rule',
      '- 1.31: older than the latest 1',
      '- 1.31-glibc: matches no rule',
      '- 1.31.0: older than the latest 1',
      '- 1.31.1-glibc: dropped by keep: !.*-glibc',
      '- 1.31.1-musl: older than the latest 1',
      '- latest: matches no rule',
    ]);
  });

  it('explains a list without rules and a limit without versions', () => {
    expect(explain(['keep: latest 1'], ['main', 'edge']).decisions).toEqual([
      { tag: 'main', selected: true, reason: 'no filter' },
      { tag: 'edge', selected: false, reason: 'not among the latest 1' },
    ]);
  });

  it('explains a long list in steps', () => {
    const tags = Array.from({ length: 10_000 }, (_, patch) => `1.0.${patch}`);
    const { steps, decisions } = explain(['semver: >=1.0.0', 'keep: latest 2'], tags);
    expect(steps).toBeGreaterThanOrEqual(10);
    expect(decisions.filter(({ selected }) => selected).map(({ tag }) => tag)).toEqual([
      '1.0.9998',
      '1.0.9999',
    ]);
    expect(explain([], ['a', 'b']).steps).toBe(1);
  });
});
