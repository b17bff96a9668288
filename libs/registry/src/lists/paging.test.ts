import { describe, expect, it } from 'vitest';
import { nextLink, PageTrail } from './paging.ts';

describe('registry/lists/paging', () => {
  it.each([
    ['</v2/a/tags/list?n=2&last=b>; rel="next"', '/v2/a/tags/list?n=2&last=b'],
    ['</v2/a?last=b>;rel=next', '/v2/a?last=b'],
    ['<https://example.com/v2/a?last=b>; rel="next"', 'https://example.com/v2/a?last=b'],
    ['</p>; rel="prev", </n>; rel="next"', '/n'],
    ['</n?x=a,b;c>; title="one, two"; rel="next"', '/n?x=a,b;c'],
    ['</n>; rel="last next"', '/n'],
    ['</p>; rel="prev"', undefined],
    ['</p>; rel="nextish"', undefined],
    ['</n>', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('finds in %s the next page %s', (header, target) => {
    expect(nextLink(header)).toBe(target);
  });

  it('refuses pages that lead to another host or in circles', () => {
    const ownPath = (url: URL) => (url.host === 'r.com' ? `${url.pathname}${url.search}` : undefined);
    const trail = new PageTrail({ ownPath }, 'r.com');
    const first = new URL('https://r.com/v2/_catalog?n=1');
    const second = trail.next('/v2/_catalog?n=1&last=a', first);
    expect(second).toBe('/v2/_catalog?n=1&last=a');
    const back = () => trail.next('/v2/_catalog?n=1', new URL(second, first));
    expect(back).toThrow(
      expect.objectContaining({ code: 'RESPONSE_INVALID', message: expect.stringContaining('in circles') }),
    );
    const away = () => trail.next('https://evil.com/v2/_catalog', first);
    expect(away).toThrow(expect.objectContaining({ message: expect.stringContaining('another host') }));
  });
});
