import { BoundedMap } from '@regfleet/model';

// Tasks that run once a day find what they knew the day before.
const IDLE_MS = 25 * 60 * 60_000;

// A config that is taken again with another password or other TLS settings leaves what it had before behind.
const PER_REGISTRY = 16;

// More than any config names.
const MAX_REGISTRIES = 4_096;

/** What is kept for the registries of a config, several of each, for as long as it is used. */
export class ByRegistry<Value> {
  readonly #now: () => number;
  readonly #kept: BoundedMap<string, BoundedMap<string, Value>>;

  /** @param now - epoch milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
    this.#kept = new BoundedMap({ limit: MAX_REGISTRIES, maxAgeMs: IDLE_MS, now });
  }

  /** The one under `key`, made when it is the first time, or was not asked for in long. */
  once(registry: string, key: string, make: () => Value): Value {
    const own =
      this.#kept.get(registry) ?? new BoundedMap({ limit: PER_REGISTRY, maxAgeMs: IDLE_MS, now: this.#now });
    this.#kept.set(registry, own);
    const value = own.get(key) ?? make();
    own.set(key, value);
    return value;
  }

  values(): Value[] {
    return this.#kept.values().flatMap((own) => own.values());
  }

  clear(): void {
    this.#kept.clear();
  }
}
