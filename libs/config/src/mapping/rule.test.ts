import { describe, expect, it } from 'vitest';
import { type MappingText, parseMappingRule } from './rule.ts';

function parse(text: MappingText) {
  const { rule, problems } = parseMappingRule(text);
  if (rule === undefined) throw new Error(problems.map(({ message }) => message).join('; '));
  return rule;
}

describe('config/mapping/rule', () => {
  it.each([
    ['library/busybox', undefined, 'library/busybox'],
    ['/library/busybox', '', 'library/busybox'],
    ['busybox', 'mirror/busybox', 'mirror/busybox'],
    ['busybox', '/mirror//busybox', 'mirror/busybox'],
    ['busybox', 'mirror/', 'mirror/'],
    ['library/busybox', 'regex:library/,mirror/', 'mirror/busybox'],
    ['library/busybox', 'regex:^/library/(.*),$1', 'busybox'],
    ['library/busybox', 'regex:^library/,mirror/', 'library/busybox'],
    ['library/busybox', 'regex:^,/mirror', 'mirror/library/busybox'],
    ['library/busybox', 'regex:.*,x,y', 'x,y'],
    ['library/busybox', 'regex: /,-', 'library/busybox'],
  ])('maps %j by to: %j to %j', (from, to, expected) => {
    expect(parse({ from, to }).targetPath(from)).toBe(expected);
  });

  it.each([
    ['', 'kubika/brucket', 'kubika/brucket'],
    ['ecr', 'myproject/webui', 'ecr/myproject/webui'],
    ['/mirror/', 'x', 'mirror/x'],
    ['/', 'x', 'x'],
    ['mirror', '/x', 'mirror/x'],
    ['regex:jenkins/,/dh/other-jenkins/', 'jenkins/jnlp-slave', 'dh/other-jenkins/jnlp-slave'],
    [`regex:/([^/]+)$,/$1/\${1}`, 'a/b', 'a/b/b'],
    ['regex:/,', 'a/b', 'ab'],
  ])('maps with to: %j the listed name %j to %j', (to, name, expected) => {
    expect(parse({ from: 'regex:.*', to }).targetPath(name)).toBe(expected);
  });

  it('takes a plain from for one repository without leading slash', () => {
    expect(parse({ from: '/library//busybox' }).from).toEqual({
      kind: 'plain',
      repository: 'library/busybox',
    });
  });

  it.each([
    ['regex:library/.*', 'library/busybox', true],
    ['regex:library/.*', '/library/busybox', false],
    ['regex:library', 'library/busybox', false],
    ['regex: foo', 'foo', false],
    ['regex: foo', ' foo', true],
    ['regex:!foo', '!foo', true],
    ['regex:!foo', 'bar', false],
    ['regex:a|b', 'ax', true],
  ])('matches by from: %j the raw listed name %j: %j', (from, name, expected) => {
    const rule = parse({ from }).from;
    expect(rule.kind === 'regex' && rule.matches(name)).toBe(expected);
  });

  it('hands the tags to a filter', () => {
    expect(parse({ from: 'a', tags: ['1.0', 'semver: 2.x'] }).tags.select(['2.1', '3'])).toEqual([
      '1.0',
      '2.1',
    ]);
  });

  it('tells everything that is wrong, by key', () => {
    expect(
      parseMappingRule({ from: '', to: 'regex:a', tags: ['latest', 'semver: 1', 'regex: ('] }),
    ).toMatchObject({
      problems: [
        { key: 'from', rule: 'from-missing' },
        { key: 'to', rule: 'to-invalid', message: expect.stringContaining('no replacement') },
        { key: 'tags', index: 1, rule: 'semver-range-invalid' },
        { key: 'tags', index: 2, rule: 'tag-regex-invalid' },
      ],
    });
  });

  it.each([
    [{ from: 'regex:(' }, 'from'],
    [{ from: 'a', to: 'regex:(,b' }, 'to'],
    [{ from: 'a', to: 'regex:[a,b],c' }, 'to'],
  ])('refuses %j', (text, key) => {
    const { rule, problems } = parseMappingRule(text);
    expect(rule).toBeUndefined();
    expect(problems).toMatchObject([{ key, rule: `${key}-invalid` }]);
  });
});
