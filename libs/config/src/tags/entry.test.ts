import { describe, expect, it } from 'vitest';
import { imageNames, parseTagEntry } from './entry.ts';

describe('config/tags/entry', () => {
  it.each([
    ['1.36', { name: '1.36' }],
    [':1.36', { name: '1.36' }],
    ['sha256:abc', { digest: 'sha256:abc' }],
    ['@sha256:abc', { digest: 'sha256:abc' }],
    [':@sha512:abc', { digest: 'sha512:abc' }],
    ['1.36@sha256:abc', { name: '1.36', digest: 'sha256:abc' }],
    ['1.36@sha512:abc', { name: '1.36', digest: 'sha512:abc' }],
    ['sha512:abc', { name: 'sha512:abc' }],
    ['1.36@', { name: '1.36' }],
    ['', {}],
  ])('splits %j', (text, expected) => {
    expect(parseTagEntry(text)).toEqual(expected);
  });

  it('addresses both ends by name without a digest', () => {
    expect(imageNames({ name: 'a' })).toEqual({ source: { tag: 'a' }, target: { tag: 'a' } });
  });

  it('addresses the source by digest and the target by name when there are both', () => {
    expect(imageNames({ name: 'a', digest: 'd' })).toEqual({ source: { digest: 'd' }, target: { tag: 'a' } });
  });

  it('addresses both ends by digest without a name', () => {
    expect(imageNames({ digest: 'd' })).toEqual({ source: { digest: 'd' }, target: { digest: 'd' } });
  });
});
