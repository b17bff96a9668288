import { describe, expect, it } from 'vitest';
import { parseDigest } from './digest.ts';
import { formatRecord, parseRecord } from './sync-record-text.ts';

const digest = (letter: string) => parseDigest(`sha256:${letter.repeat(64)}`);

describe('model/sync-record-text', () => {
  const record = {
    relay: 'direct',
    syncedAtMs: 1_800_000_000_000,
    sourceDigest: digest('a'),
    targetDigest: digest('b'),
  } as const;

  const referrers = { rule: 'rule-_12', key: 'key-_34', checkedAtMs: 1_800_000_000_001, isSingle: true };

  it.each([
    record,
    { ...record, targetDigest: digest('a') },
    { ...record, sourceKey: 'a-short_' },
    { ...record, sourceKey: 'a-short_', referrers },
    { ...record, referrers: { ...referrers, isSingle: false } },
  ])('reads back what it wrote', (written) => {
    expect(parseRecord(formatRecord(written))).toEqual(written);
  });

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
