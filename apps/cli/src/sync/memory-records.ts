import type { SyncRecord } from '@regfleet/model';
import type { DriftRecords } from '@regfleet/planner';

/** Sync records of this process: as good as the fleet's for as long as it runs. */
export function memoryRecords(): DriftRecords {
  const records = new Map<string, SyncRecord>();
  const keyOf = ({ target, platform }: { target: string; platform: string }): string =>
    `${target} ${platform}`;
  return {
    get: async (key) => records.get(keyOf(key)),
    set: async (key, record) => void records.set(keyOf(key), record),
  };
}
