import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anchored, compileRegex } from './compile.ts';
import { sampleMatches } from './samples.ts';

const matching = (expression: string): string[] => {
  const compiled = compileRegex(anchored(expression));
  if ('flaw' in compiled) throw new Error(compiled.flaw.message);
  return sampleMatches(expression).filter((sample) => compiled.value.test(sample));
};

describe('config/regex/samples', () => {
  it.each([
    ['[a-z]+/app', ['a/app', 'b/app']],
    ['.*', ['a', 'b', 'a/c', 'b/c']],
    ['library/(redis|nginx)', ['library/redis', 'library/nginx']],
    ['library/(?:redis|nginx)-[0-9]{3}', ['library/redis-111', 'library/redis-222', 'library/nginx-111']],
    ['(?P<team>[^/]+)/x\\.y', ['a/x.y', 'b/x.y']],
    ['^a\\w?$', ['aa', 'ab', 'a1']],
    ['fixed', ['fixed']],
    ['a{2,5}', ['aa']],
  ])('guesses for %s among others %j', (expression, expected) => {
    expect(matching(expression)).toEqual(expect.arrayContaining(expected));
  });

  it.each(['(?i)a', '\\pL+', '[[:alpha:]]+', '(a', '*'])('makes no fuss about %s', (expression) => {
    expect(sampleMatches(expression)).toBeInstanceOf(Array);
  });

  it('ends, with a bounded number of guesses, whatever the expression', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-c.*+?()[\]|\\{}1,^$/-]{0,40}$/), (expression) => {
        expect(sampleMatches(expression).length).toBeLessThan(1_200);
      }),
    );
  });
});
