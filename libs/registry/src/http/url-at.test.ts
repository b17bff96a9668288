import { describe, expect, it } from 'vitest';
import { urlAt } from './url-at.ts';

describe('registry/http/url-at', () => {
  it.each([
    ['/v2/a/tags/list?n=1&last=b', 'https://r.com:5000/v2/a/tags/list?n=1&last=b'],
    ['//evil.com/x', 'https://r.com:5000//evil.com/x'],
    ['/\\evil.com/x', 'https://r.com:5000//evil.com/x'],
    ['/@evil.com/x', 'https://r.com:5000/@evil.com/x'],
    ['//evil.com:80/x?y=//z', 'https://r.com:5000//evil.com:80/x?y=//z'],
    ['/v2/../../x', 'https://r.com:5000/x'],
    ['/u?_state=x%2By=&a=b?c', 'https://r.com:5000/u?_state=x%2By=&a=b?c'],
    ['/u%2Fv', 'https://r.com:5000/u%2Fv'],
  ])('keeps %s at its origin', (path, expected) => {
    expect(urlAt('https://r.com:5000', path).href).toBe(expected);
  });
});
