import type { FleetCache } from '@regfleet/fleet';
import type { Internals } from '../jobs/internals.ts';

export class RedisCache implements FleetCache {
  readonly #internals: Internals;

  constructor(internals: Internals) {
    this.#internals = internals;
  }

  async get(key: string, maxBytes: number): Promise<string | undefined> {
    const { client, keys } = this.#internals;
    const value = await client.getrange(keys.cache(key), 0, maxBytes);
    return value === '' || Buffer.byteLength(value) > maxBytes ? undefined : value;
  }

  async set(key: string, value: string, ttlMs: number): Promise<void> {
    await this.#internals.client.set(this.#internals.keys.cache(key), value, 'PX', ttlMs);
  }
}
