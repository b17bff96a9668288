import { describe, expect, it } from 'vitest';
import { parseTagFilter } from './filter.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const OTHER = `sha256:${'b'.repeat(64)}`;

const admits = (rules: string[], source: object, target = source): boolean =>
  parseTagFilter(rules).admits({ source, target } as Parameters<
    ReturnType<typeof parseTagFilter>['admits']
  >[0]);

describe('config/tags/admission', () => {
  it.each([
    [[], '1.0', true],
    [['1.0'], '1.0', true],
    [['1.0'], '1.1', false],
    [['semver: >=1.0.0 <2.0.0'], 'v1.5', true],
    [['semver: >=1.0.0 <2.0.0'], '2.0.0', false],
    [['semver: >=1.0.0'], 'latest', false],
    [['regex:rc.*'], 'rc1', true],
    [['regex:!rc.*'], 'rc1', false],
    [['regex:rc.*', 'semver: >=3.0.0', '1.0'], '1.0', true],
    [['regex:rc.*', 'keep:!x.*', 'keep: latest 1'], 'rc1', true],
    [['regex:rc.*', 'keep:x.*'], 'rc1', false],
    [['regex:rc.*', '1.0', 'keep:x.*'], '1.0', true],
    [['1.0', '1.1', 'keep: latest 1'], '1.0', false],
    [['1.0', '1.1', 'regex:x', 'keep: latest 1'], '1.0', true],
    [['keep: latest 1'], 'any', true],
  ] as const)('by %j the tag %s may be selected: %s', (rules, tag, expected) => {
    expect(admits([...rules], { tag })).toBe(expected);
  });

  it('takes digests as they are written, and gives them no other name', () => {
    expect(admits([DIGEST], { digest: DIGEST })).toBe(true);
    expect(admits([DIGEST], { digest: OTHER })).toBe(false);
    expect(admits([], { digest: DIGEST })).toBe(false);
    expect(admits([`1.0@${DIGEST}`], { digest: DIGEST }, { tag: '1.0' })).toBe(true);
    expect(admits([`1.0@${DIGEST}`], { digest: DIGEST }, { tag: 'latest' })).toBe(false);
    expect(admits([`1.0@${DIGEST}`], { tag: '1.0' })).toBe(false);
  });

  it('lets no matched tag take another name', () => {
    expect(admits([], { tag: '1.0' }, { tag: 'latest' })).toBe(false);
    expect(admits(['regex:.*'], { tag: '1.0' }, { tag: 'latest' })).toBe(false);
  });

  it('admits everything that it selects', () => {
    const rules = ['semver: >=1.0.0', 'regex:rc.*', 'fixed', 'keep: latest 3'];
    const filter = parseTagFilter(rules);
    for (const tag of filter.select(['1.0', '2.0', 'v3', 'rc1', 'x']))
      expect(admits(rules, { tag })).toBe(true);
  });
});
