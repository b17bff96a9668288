import type { SyncRecords } from '@regfleet/fleet';
import type { SyncRecord } from '@regfleet/model';

export interface MemoryRecordsOptions {
  /** How many are remembered; those not asked about for longest go first. */
  readonly limit: number;
  /** How long after its sync one is believed. */
  readonly maxAgeMs: number;
  /** Epoch milliseconds; default the clock. */
  readonly nowMs?: () => number;
}

// More images than one process copies in a day; some 100 MB. Half a year is what a fleet remembers, too.
const DEFAULTS: MemoryRecordsOptions = { limit: 250_000, maxAgeMs: 180 * 24 * 60 * 60 * 1000 };

/** Sync records that end with the process. */
export interface MemoryRecords extends SyncRecords {
  readonly size: number;
  /** By target and platform with a blank between; those not asked about for longest come first. */
  entries(): Iterable<readonly [string, SyncRecord]>;
}

/**
 * Sync records of this process: as good as the fleet's for as long as it runs. Without one both sides are compared, and what the
 * docker relay copied, whose digests differ, is copied again.
 */
export function memoryRecords(options = DEFAULTS): MemoryRecords {
  const { limit, maxAgeMs, nowMs = Date.now } = options;
  const records = new Map<string, SyncRecord>();
  const keyOf = ({ target, platform }: { target: string; platform: string }): string =>
    `${target} ${platform}`;
  const isNeeded = (record: SyncRecord): boolean => record.syncedAtMs > nowMs() - maxAgeMs;
  return {
    get size() {
      return records.size;
    },
    entries: () => records.entries(),
    async get(key) {
      const record = records.get(keyOf(key));
      if (record === undefined) return undefined;
      records.delete(keyOf(key));
      if (!isNeeded(record)) return undefined;
      records.set(keyOf(key), record);
      return record;
    },
    async set(key, record) {
      records.delete(keyOf(key));
      records.set(keyOf(key), record);
      // Those of tags and tasks that are gone come first, since nobody asks about them.
      for (const [oldest, kept] of records) {
        if (records.size <= limit && isNeeded(kept)) break;
        records.delete(oldest);
      }
    },
  };
}
