import type { SyncRecord } from '@regfleet/model';

/** What a sync record is about. */
export interface RecordKey {
  /** Formatted target reference. */
  readonly target: string;
  /** As `formatPlatform` writes it. */
  readonly platform: string;
}

export interface SyncRecords {
  get(key: RecordKey): Promise<SyncRecord | undefined>;
  set(key: RecordKey, record: SyncRecord): Promise<void>;
}
