import type { FilledTag } from '@regfleet/harness';
import { parseDigest } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { repeatedGets } from './repeated-gets.ts';

const DIGEST = parseDigest(`sha256:${'a'.repeat(64)}`);
const FILLED: FilledTag[] = [{ repository: 'x/y', tag: 'v1', digest: DIGEST }];

const get = (name: string, kind: 'blob' | 'manifest' = 'manifest') => ({
  method: 'GET',
  kind,
  path: `/v2/x/y/${kind}s/${name}`,
});

describe('bench/repeated-gets', () => {
  it('sees through tags to the digest behind them', () => {
    expect(repeatedGets([get('v1'), get(DIGEST)], FILLED)).toBe(1);
  });

  it('counts every GET after the first', () => {
    expect(repeatedGets([get(DIGEST, 'blob'), get(DIGEST, 'blob'), get(DIGEST, 'blob')], [])).toBe(2);
  });

  it('takes no notice of HEADs and listings', () => {
    const others = [
      { method: 'HEAD', kind: 'manifest', path: '/v2/x/y/manifests/v1' },
      { method: 'GET', kind: 'tags', path: '/v2/x/y/tags/list' },
      { method: 'GET', kind: 'tags', path: '/v2/x/y/tags/list' },
    ] as const;
    expect(repeatedGets([get('v1'), ...others], FILLED)).toBe(0);
  });
});
