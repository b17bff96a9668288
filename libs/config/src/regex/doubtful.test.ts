import { describe, expect, it } from 'vitest';
import { doubtRegex } from './doubtful.ts';

describe('config/regex/doubtful', () => {
  it.each(['a|b', 'a|b|c', '^a|b$', '(a)|b', '(?i)a|b', '[)]|a', '\\(|a', '\\Q(\\E|a', '^a$|b|^c$'])(
    'doubts the alternatives of %j, of which only the ends are anchored',
    (expression) => {
      expect(doubtRegex(expression).map(({ rule }) => rule)).toEqual(['regex-alternation-ungrouped']);
    },
  );

  it.each(['*', 'library/*', '^*', '*-alpine'])('doubts %j, which looks like a glob', (expression) => {
    expect(doubtRegex(expression).map(({ rule }) => rule)).toEqual(['regex-is-glob']);
  });

  it.each([
    '',
    'a',
    '(a|b)',
    '(?:a|(b|c))d',
    '^a$|^b$',
    'a$|^b',
    '[|]',
    '[]|]a',
    '[^]|]',
    '[[:alpha:]|]',
    'a\\|b',
    '\\Qa|b\\E',
    '.*',
    'a/.*',
  ])('has no doubts about %j', (expression) => {
    expect(doubtRegex(expression)).toEqual([]);
  });
});
