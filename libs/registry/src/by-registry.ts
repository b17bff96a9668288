import { BoundedMap } from '@regfleet/model';

/** How long what nobody asks for is kept: tasks that run once a day find what they knew the day before. */
export const IDLE_MS = 25 * 60 * 60_000;

// A config that is taken again with other TLS settings or another concurrency leaves what it had before behind.
const PER_REGISTRY = 16;

// More than any config names.
const MAX_KEPT = 16_384;

export interface ByRegistryOptions<Value> {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Given what is no longer kept; whoever has it may still use it. */
  readonly onDrop?: (value: Value) => void;
}

interface Kept<Value> {
  readonly registry: string;
  readonly key: string;
  readonly value: Value;
}

/** What is kept for the registries of a config, several of each, for as long as it is used. */
export class ByRegistry<Value> {
  readonly #onDrop: (value: Value) => void;
  readonly #kept: BoundedMap<string, Kept<Value>>;

  constructor({ now, onDrop = () => undefined }: ByRegistryOptions<Value>) {
    this.#onDrop = onDrop;
    const bounds = { limit: MAX_KEPT, maxAgeMs: IDLE_MS, now };
    this.#kept = new BoundedMap({ ...bounds, onDrop: ({ value }) => onDrop(value) });
  }

  /** The one under `key`, made when it is the first time, or was not asked for in long. */
  once(registry: string, key: string, make: () => Value): Value {
    const known = this.#kept.use(keyOf({ registry, key }));
    if (known !== undefined) return known.value;
    const made = { registry, key, value: make() };
    this.#kept.set(keyOf(made), made);
    const own = this.#kept.values().filter((kept) => kept.registry === registry);
    for (const oldest of own.slice(0, -PER_REGISTRY)) {
      this.#kept.delete(keyOf(oldest));
      this.#onDrop(oldest.value);
    }
    return made.value;
  }

  values(): Value[] {
    return this.#kept.values().map(({ value }) => value);
  }

  clear(): void {
    this.#kept.clear();
  }
}

const keyOf = ({ registry, key }: Pick<Kept<unknown>, 'registry' | 'key'>): string => `${registry} ${key}`;
