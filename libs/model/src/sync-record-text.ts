import type { SyncRecord } from './copy.ts';
import { parseDigest } from './digest.ts';
import { isRelayName } from './relays.ts';

/** One line: `relay time source target key`, as `parseRecord` reads it. */
export function formatRecord(record: SyncRecord): string {
  const { relay, syncedAtMs, sourceDigest, targetDigest, sourceKey } = record;
  const target = targetDigest === sourceDigest ? '=' : targetDigest;
  const parts = [relay, syncedAtMs.toString(36), sourceDigest, target];
  return [...parts, ...(sourceKey === undefined ? [] : [sourceKey])].join(' ');
}

/** Absent when the text is no record: losing one costs a comparison of both sides, never correctness. */
export function parseRecord(text: string): SyncRecord | undefined {
  const [relay = '', time = '', source = '', target = '', sourceKey] = text.split(' ');
  const syncedAtMs = Number.parseInt(time, 36);
  if (!isRelayName(relay) || Number.isNaN(syncedAtMs)) return undefined;
  try {
    const sourceDigest = parseDigest(source);
    const targetDigest = target === '=' ? sourceDigest : parseDigest(target);
    return { relay, syncedAtMs, sourceDigest, targetDigest, ...(sourceKey !== undefined && { sourceKey }) };
  } catch {
    return undefined;
  }
}
