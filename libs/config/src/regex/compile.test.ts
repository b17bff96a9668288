import { describe, expect, it } from 'vitest';
import { anchored, compileRegex } from './compile.ts';

describe('config/regex/compile', () => {
  it.each([
    ['', '^$'],
    ['a', '^a$'],
    ['^a', '^a$'],
    ['a$', '^a$'],
    ['^a$', '^a$'],
    ['a|b', '^a|b$'],
    ['^', '^$'],
    ['$', '^$'],
    ['a\\$', '^a\\$'],
    ['(?i)a', '^(?i)a$'],
  ])('anchors %j to %j without a group', (source, expected) => {
    expect(anchored(source)).toBe(expected);
  });

  it.each([
    ['a(?=b)', /lookaround/],
    ['a(?!b)', /lookaround/],
    ['(?<=a)b', /lookaround/],
    ['(?<!a)b', /lookaround/],
    ['(a)\\1', /backreferences/],
    ['*a', /glob/],
  ])('refuses %j and says what to do', (source, hint) => {
    expect(compileRegex(source)).toMatchObject({
      flaw: {
        message: expect.stringContaining('is not a regular expression'),
        hint: expect.stringMatching(hint),
      },
    });
  });

  it.each([
    '(',
    ')',
    '[a-',
    'a{1,1001}',
    '[z-a]',
    'a**',
    '\\C',
    '\\Z',
    '\\u0041',
    '(?P=n)',
    '(?>a)',
    '\\p{Foo}',
    '[[:foo:]]',
  ])('refuses %j', (source) => {
    expect(compileRegex(source)).toHaveProperty('flaw');
  });

  it.each([
    ['(?i)^LATEST$', 'latest', true],
    ['^(?s).$', '\n', true],
    ['^.$', '\n', false],
    ['^a$', 'a\n', false],
    ['(?m)^a$', 'a\nb', true],
    ['(?P<n>a)', 'a', true],
    ['\\Aa\\z', 'a', true],
    ['^\\Qa.b\\E$', 'axb', false],
    ['^[[:alpha:]]+$', 'abc', true],
    ['^\\pL+$', 'é', true],
    ['^\\d$', '٣', false],
    ['^\\s$', '\v', false],
    ['^*$', 'anything', true],
  ])('compiles %j to what Go makes of it on %j: %j', (source, text, expected) => {
    const compiled = compileRegex(source);
    expect('value' in compiled && compiled.value.test(text)).toBe(expected);
  });
});
