import { describe, expect, it } from 'vitest';
import { withDigest } from './upload-url.ts';

describe('registry/blobs/upload-url', () => {
  it.each([
    ['/v2/a/blobs/uploads/1', '/v2/a/blobs/uploads/1?digest=sha256%3Aab'],
    ['/v2/a/blobs/uploads/1?_state=x%2By=', '/v2/a/blobs/uploads/1?_state=x%2By=&digest=sha256%3Aab'],
    ['https://store.example.com/u?sig=a?b', 'https://store.example.com/u?sig=a?b&digest=sha256%3Aab'],
  ])('completes %s without touching its query', (location, expected) => {
    expect(withDigest(location, 'sha256:ab')).toBe(expected);
  });
});
