import { parseDigest } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { memoryRecords } from './memory-records.ts';

const digest = parseDigest(`sha256:${'a'.repeat(64)}`);
const key = (tag: string) => ({ target: `target.test/app:${tag}`, platform: '' });
const record = (syncedAtMs: number) =>
  ({ relay: 'direct', syncedAtMs, sourceDigest: digest, targetDigest: digest }) as const;

describe('local/memory-records', () => {
  it('are bounded by count: what was not asked about for longest goes first', async () => {
    const records = memoryRecords({ limit: 3, maxAgeMs: 1_000, nowMs: () => 0 });
    for (const tag of ['a', 'b', 'c']) await records.set(key(tag), record(0));
    await records.get(key('a'));
    await records.set(key('d'), record(0));
    const known = await Promise.all(['a', 'b', 'c', 'd'].map((tag) => records.get(key(tag))));
    expect(known.map((found) => found !== undefined)).toEqual([true, false, true, true]);
    for (let index = 0; index < 1_000; index += 1) await records.set(key(`v${index}`), record(0));
    expect(records.size).toBe(3);
  });

  it('are bounded by time: those of tags and tasks that are gone go as others come', async () => {
    let nowMs = 0;
    const records = memoryRecords({ limit: 100, maxAgeMs: 1_000, nowMs: () => nowMs });
    for (const tag of ['gone', 'also-gone', 'kept']) await records.set(key(tag), record(0));
    nowMs = 600;
    await records.set(key('kept'), record(nowMs));
    nowMs = 1_001;
    await records.set(key('new'), record(nowMs));
    expect(records.size).toBe(2);
    expect(await records.get(key('kept'))).toEqual(record(600));
    nowMs = 1_600;
    expect(await records.get(key('kept'))).toBeUndefined();
    expect(records.size).toBe(1);
  });
});
