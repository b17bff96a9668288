import { describe, expect, it } from 'vitest';
import { parseRegexRule } from './regex-rule.ts';

describe('config/regex/regex-rule', () => {
  it.each([
    [' a.* ', 'abc', true],
    ['a', 'ba', false],
    ['!a', 'a', false],
    ['!a', 'b', true],
    ['! a', 'a', true],
    ['! a', ' a', false],
    ['!!a', '!a', false],
    ['!!a', 'a', true],
    ['', '', true],
    ['', 'a', false],
    ['!', 'a', true],
    ['!', '', false],
    ['a|b', 'ax', true],
    ['a|b', 'xb', true],
    ['(a|b)', 'ax', false],
  ])('decides by %j about %j: %j', (text, name, expected) => {
    const parsed = parseRegexRule(text);
    expect('value' in parsed && parsed.value.matches(name)).toBe(expected);
  });
});
