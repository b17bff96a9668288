import type { RecordKey, SyncRecords } from '@regfleet/fleet';
import { formatRecord, parseRecord, type SyncRecord } from '@regfleet/model';
import type { Internals } from '../jobs/internals.ts';
import { explained } from '../redis/wrong-type.ts';

// Further ahead no clock of a fleet is by accident.
const DAY_MS = 24 * 60 * 60 * 1000;

/** Records in one hash: `target platform` -> `relay time source target key`, `target` being `=` where both digests are equal, `key` that of the source. */
export class FleetRecords implements SyncRecords {
  readonly #internals: Internals;
  #cursor = '0';

  constructor(internals: Internals) {
    this.#internals = internals;
  }

  async get(key: RecordKey): Promise<SyncRecord | undefined> {
    const [record] = await this.getMany([key]);
    return record;
  }

  async getMany(keys: readonly RecordKey[]): Promise<(SyncRecord | undefined)[]> {
    if (keys.length === 0) return [];
    const { client, keys: names } = this.#internals;
    const texts = await explained(client.hmget(names.records, ...keys.map(fieldOf)));
    return texts.map((text) => (text === null ? undefined : parseRecord(text)));
  }

  async set(key: RecordKey, record: SyncRecord): Promise<void> {
    const { client, keys } = this.#internals;
    await explained(client.hset(keys.records, fieldOf(key), formatRecord(record)));
  }

  /** Looks at one page of all records, the next one at each call, and drops what is older than `maxAgeMs`, or of a time to come. */
  async sweep(maxAgeMs: number): Promise<void> {
    const { client, keys } = this.#internals;
    const [cursor, entries] = await client.hscan(keys.records, this.#cursor, 'COUNT', 1000);
    this.#cursor = cursor;
    const nowMs = Date.now();
    const isOld = ({ syncedAtMs }: SyncRecord): boolean =>
      // One of a time to come would be believed for longer than any other.
      syncedAtMs < nowMs - maxAgeMs || syncedAtMs > nowMs + DAY_MS;
    const stale = entries.filter((field, index) => {
      if (index % 2 === 1) return false;
      const record = parseRecord(entries[index + 1] ?? '');
      return field !== '' && (record === undefined || isOld(record));
    });
    if (stale.length > 0) await client.hdel(keys.records, ...stale);
  }
}

const fieldOf = ({ target, platform }: RecordKey): string => `${target} ${platform}`;
