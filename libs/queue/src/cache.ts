import type { FleetCache } from './api.ts';
import type { Internals } from './internals.ts';

export class RedisCache implements FleetCache {
  readonly #internals: Internals;

  constructor(internals: Internals) {
    this.#internals = internals;
  }

  async get(key: string): Promise<string | undefined> {
    return (await this.#internals.client.get(this.#internals.keys.cache(key))) ?? undefined;
  }

  async set(key: string, value: string, ttlMs: number): Promise<void> {
    await this.#internals.client.set(this.#internals.keys.cache(key), value, 'PX', ttlMs);
  }
}
