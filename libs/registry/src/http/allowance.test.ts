import { describe, expect, it } from 'vitest';
import { allowanceIn } from './allowance.ts';

describe('registry/http/allowance', () => {
  it('reads what Docker Hub says', () => {
    const headers = { 'ratelimit-remaining': '76;w=21600', 'ratelimit-limit': '100;w=21600' };
    expect(allowanceIn(headers)).toEqual({ left: 76, limit: 100, windowMs: 21_600_000 });
  });

  it.each([
    {},
    { 'ratelimit-remaining': '76;w=21600' },
    { 'ratelimit-remaining': '76', 'ratelimit-limit': '100' },
    { 'ratelimit-remaining': '76;w=21600', 'ratelimit-limit': '0;w=21600' },
    { 'ratelimit-remaining': '76;w=21600', 'ratelimit-limit': '100;w=0' },
    { 'ratelimit-remaining': '-1;w=21600', 'ratelimit-limit': '100;w=21600' },
    { 'ratelimit-remaining': `${'9'.repeat(80)};w=1`, 'ratelimit-limit': '100;w=21600' },
  ])('makes nothing of %o', (headers) => {
    expect(allowanceIn(headers)).toBeUndefined();
  });
});
