import { createHash } from 'node:crypto';
import type { Digest } from './digest.ts';
import { formatPlatform, type PlatformSelection } from './platform.ts';
import { formatReference, type Reference } from './reference.ts';
import type { ReferrerRecord } from './referrer-rule.ts';
import type { RelayName } from './relays.ts';

/** One image to be copied: what the scheduler puts on a lane and a relay carries out. Holds no secret. */
export interface CopyRequest {
  /** The task whose locations give credentials and TLS; absent: `registries.<host>` does. */
  readonly task?: string;
  readonly source: Reference;
  readonly target: Reference;
  readonly platform?: PlatformSelection;
  readonly relay: RelayName;
  /** What the source answered when the request was planned. */
  readonly sourceDigest?: Digest;
}

export const ON_CHANGE_CHOICES = ['overwrite', 'refuse', 'keep'] as const;

/** What becomes of a tag that the target has with another content; absent where this type is optional: it is overwritten. */
export type OnChange = Exclude<(typeof ON_CHANGE_CHOICES)[number], 'overwrite'>;

/** `unchanged`: the target held the image already; nothing was written. */
export type CopyOutcome = 'copied' | 'unchanged';

export interface CopyResult {
  readonly outcome: CopyOutcome;
  /** Digest that the source answers for the reference, before a platform is picked; absent where the relay cannot know it. */
  readonly sourceDigest?: Digest;
  /** Digest that the target answers for the reference from here on. */
  readonly targetDigest: Digest;
  /** Blob bytes sent to the target by us; absent where the relay cannot know it. */
  readonly bytesCopied?: number;
  /** What belongs to the image, and is at the target as well; absent: nobody has asked for that. */
  readonly referrers?: ReferrerRecord;
  /** True: the target has another content than the source on purpose: one that is kept, or one that trails. */
  readonly isKept?: boolean;
}

/** What a relay says while it works; called as often as it likes. */
export interface CopyProgress {
  /** Blob bytes that the target holds by whatever way: sent, mounted, or there before. */
  readonly bytesDone: number;
  /** Those of `bytesDone` that were sent to the target; absent where the relay cannot tell them apart. */
  readonly bytesCopied?: number;
  /** Absent while the size is not known yet. */
  readonly bytesTotal?: number;
}

/** What a HEAD of a manifest tells. */
export interface ManifestHead {
  readonly digest: Digest;
  readonly mediaType: string;
  /** Absent where the registry sends no length. */
  readonly sizeBytes?: number;
}

/** What the target answered a moment ago under the name that is to be written. */
export interface SeenTarget {
  /** Absent: it had nothing there. */
  readonly head: ManifestHead | undefined;
  /** True: its repository had no tag at all, so that it is not worth asking which of its blobs it has. */
  readonly isNewRepository?: boolean;
  /** When, in milliseconds of a clock that nobody sets; absent: just now. */
  readonly atMs?: number;
}

/** What was last copied to a target reference for a platform: lets drift be told by two HEAD requests. */
export interface SyncRecord {
  readonly sourceDigest: Digest;
  readonly targetDigest: Digest;
  /** Epoch milliseconds. */
  readonly syncedAtMs: number;
  readonly relay: RelayName;
  /** Short hash of the source reference (`sourceKey`); absent in records of releases that did not keep it. */
  readonly sourceKey?: string;
  /** Absent: they were left behind. */
  readonly referrers?: ReferrerRecord;
}

/** Under what a sync record is kept: one target reference, one platform. */
export function syncRecordKey(request: Pick<CopyRequest, 'target' | 'platform'>): {
  target: string;
  platform: string;
} {
  return { target: formatReference(request.target), platform: formatPlatform(request.platform) };
}

// 48 bits: that another source of the same target has the same key has a chance of one in 10^14.
const SOURCE_KEY_LENGTH = 8;

/** What tells a sync record of one source from that of another with the same target. */
export function sourceKey(source: Reference): string {
  const hash = createHash('sha256').update(formatReference(source));
  return hash.digest('base64url').slice(0, SOURCE_KEY_LENGTH);
}

/** The record of a request that was carried out, or was found to be, at this moment. */
export function syncRecord(
  request: CopyRequest,
  synced: Pick<SyncRecord, 'referrers' | 'sourceDigest' | 'targetDigest'>,
): SyncRecord {
  const { sourceDigest, targetDigest, referrers } = synced;
  const { relay, source } = request;
  const syncedAtMs = Date.now();
  const record = { sourceDigest, targetDigest, syncedAtMs, relay, sourceKey: sourceKey(source) };
  return { ...record, ...(referrers !== undefined && { referrers }) };
}
