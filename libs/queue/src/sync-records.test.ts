import { describe, expect, it } from 'vitest';
import { digest } from './queue.fixture.ts';
import { formatRecord, parseRecord } from './sync-records.ts';

describe('queue/sync-records', () => {
  const record = {
    relay: 'direct',
    syncedAtMs: 1_800_000_000_000,
    sourceDigest: digest('a'),
    targetDigest: digest('b'),
  } as const;

  it.each([record, { ...record, targetDigest: digest('a') }, { ...record, sourceKey: 'a-short_' }])(
    'reads back what it wrote',
    (written) => {
      expect(parseRecord(formatRecord(written))).toEqual(written);
    },
  );

  it('writes equal digests once', () => {
    expect(formatRecord({ ...record, targetDigest: digest('a') }).length).toBeLessThan(100);
  });

  it.each(['', 'nonsense', 'direct x', `other 1 ${digest('a')} =`, 'direct 1 sha256:1 ='])(
    'takes "%s" for no record',
    (text) => {
      expect(parseRecord(text)).toBeUndefined();
    },
  );
});
