import type { SyncRecord } from './copy.ts';
import { parseDigest } from './digest.ts';
import type { ReferrerRecord } from './referrer-rule.ts';
import { isRelayName } from './relays.ts';

/** One line: `relay time source target key referrers`, as `parseRecord` reads it; without the last two where there is nothing to say. */
export function formatRecord(record: SyncRecord): string {
  const { relay, syncedAtMs, sourceDigest, targetDigest, sourceKey, referrers } = record;
  const target = targetDigest === sourceDigest ? '=' : targetDigest;
  const parts = [relay, syncedAtMs.toString(36), sourceDigest, target];
  if (referrers === undefined) return [...parts, ...(sourceKey === undefined ? [] : [sourceKey])].join(' ');
  const { rule, key, checkedAtMs, isSingle } = referrers;
  const told = [rule, key, checkedAtMs.toString(36), isSingle ? 's' : 'i'].join(':');
  return [...parts, sourceKey ?? '-', told].join(' ');
}

function parseReferrersPart(text: string): ReferrerRecord | undefined {
  const [rule = '', key = '', time = '', kind = ''] = text.split(':');
  const checkedAtMs = Number.parseInt(time, 36);
  if (rule === '' || key === '' || Number.isNaN(checkedAtMs)) return undefined;
  return { rule, key, checkedAtMs, isSingle: kind === 's' };
}

/** Absent when the text is no record: losing one costs a comparison of both sides, never correctness. */
export function parseRecord(text: string): SyncRecord | undefined {
  const [relay = '', time = '', source = '', target = '', keyText = '-', told = ''] = text.split(' ');
  const sourceKey = keyText === '-' ? undefined : keyText;
  const referrers = parseReferrersPart(told);
  const syncedAtMs = Number.parseInt(time, 36);
  if (!isRelayName(relay) || Number.isNaN(syncedAtMs)) return undefined;
  try {
    const sourceDigest = parseDigest(source);
    const targetDigest = target === '=' ? sourceDigest : parseDigest(target);
    return {
      relay,
      syncedAtMs,
      sourceDigest,
      targetDigest,
      ...(sourceKey !== undefined && { sourceKey }),
      ...(referrers !== undefined && { referrers }),
    };
  } catch {
    return undefined;
  }
}
