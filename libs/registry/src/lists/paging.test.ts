import { describe, expect, it } from 'vitest';
import { nextPage, PageTrail } from './paging.ts';

describe('registry/lists/paging', () => {
  it.each([
    ['</v2/a/tags/list?n=2&last=b>; rel="next"', 'n=2&last=b'],
    ['</v2/a?last=b>;rel=next', 'last=b'],
    ['<https://example.com/v2/a?last=b#c>; rel="next"', 'last=b'],
    ['<http://[internal/v2/a?last=b>; rel="next"', 'last=b'],
    ['<?last=b>; rel="next"', 'last=b'],
    ['</p?last=a>; rel="prev", </n?last=b>; rel="next"', 'last=b'],
    ['</n?x=a,b;c>; title="one, two"; rel="next"', 'x=a,b;c'],
    ['</n?last=b>; rel="last next"', 'last=b'],
    ["</n?last=b>; rel='next'", 'last=b'],
    ['</n?last=b>; REL=Next', 'last=b'],
    ['</n?last=b>', 'last=b'],
    ['</p?last=a>; rel="prev", </n?last=b>', 'last=b'],
    ['/n?last=b; rel="next"', 'last=b'],
    ['/n?last=b', 'last=b'],
    ['</n>; rel="next"', ''],
    ['<>; rel="next"', ''],
    ['</p?last=b>; rel="prev"', undefined],
    ['</p?last=b>; rel="nextish"', undefined],
    ['</n>', undefined],
    ['none', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('finds in %s how the list goes on: %s', (header, query) => {
    expect(nextPage(header)?.query).toBe(query);
  });

  it('refuses pages that lead in circles', () => {
    const trail = new PageTrail('r.com');
    trail.add('/v2/_catalog?n=1');
    trail.add('/v2/_catalog?n=1&last=a');
    expect(() => trail.add('/v2/_catalog?n=1')).toThrow(
      expect.objectContaining({ code: 'RESPONSE_INVALID', message: expect.stringContaining('in circles') }),
    );
  });
});
