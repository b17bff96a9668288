import { parseDigest, type SyncRecord } from '@regfleet/model';
import { expect, it } from 'vitest';
import { failure, type OpenStore, useStore } from './store.fixture.ts';

const digest = (character: string) => parseDigest(`sha256:${character.repeat(64)}`);

/** What is remembered of copies, and whose a failure is. */
export function describeRecords(open: OpenStore): void {
  const store = useStore(open);

  it('keeps the last sync record of each target and platform', async () => {
    const { records } = store.fleet;
    const same: SyncRecord = {
      sourceDigest: digest('a'),
      targetDigest: digest('a'),
      syncedAtMs: Math.floor(Date.now() / 1000) * 1000,
      relay: 'direct',
    };
    const other: SyncRecord = { ...same, targetDigest: digest('b'), relay: 'docker' };
    const key = { target: 'target.test/mirror/image:v1', platform: '' };
    await records.set(key, other);
    await records.set(key, same);
    await records.set({ ...key, platform: 'linux/arm64' }, other);
    expect(await records.get(key)).toEqual(same);
    expect(await records.get({ ...key, platform: 'linux/arm64' })).toEqual(other);
    expect(await records.get({ ...key, target: 'unknown' })).toBeUndefined();
  });

  it('takes neither a bug of ours nor what a registry refuses for a failure of its own', () => {
    expect(store.fleet.troubleOf(new TypeError('a bug'))).toBeUndefined();
    expect(store.fleet.troubleOf(failure('DENIED'))).toBeUndefined();
  });
}
