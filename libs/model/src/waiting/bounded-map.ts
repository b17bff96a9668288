import { isFresh } from '../age.ts';

export interface BoundedMapOptions<Value = unknown> {
  /** At most so many entries; those set longest ago go first. */
  readonly limit: number;
  /** How long after it was set an entry is gone. */
  readonly maxAgeMs: number;
  /** Milliseconds of any clock; default that of the machine. */
  readonly now?: (() => number) | undefined;
  /** Given what has gone by count or by time. */
  readonly onDrop?: ((value: Value) => void) | undefined;
}

/** A map for what a process that runs for months remembers: bounded by count and by time. */
export class BoundedMap<Key, Value> {
  readonly #limit: number;
  readonly #maxAgeMs: number;
  readonly #now: () => number;
  readonly #onDrop: ((value: Value) => void) | undefined;
  /** The one that was set last comes last. */
  readonly #entries = new Map<Key, { readonly value: Value; readonly setAtMs: number }>();

  constructor({ limit, maxAgeMs, now = Date.now, onDrop }: BoundedMapOptions<Value>) {
    this.#limit = limit;
    this.#maxAgeMs = maxAgeMs;
    this.#now = now;
    this.#onDrop = onDrop;
  }

  /** Entries in memory. */
  get size(): number {
    return this.#entries.size;
  }

  get(key: Key): Value | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && this.#isFresh(entry) ? entry.value : undefined;
  }

  /** As `get`; the time of the entry begins anew. */
  use(key: Key): Value | undefined {
    const value = this.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }

  set(key: Key, value: Value): void {
    const before = this.#entries.get(key);
    this.#entries.delete(key);
    this.#entries.set(key, { value, setAtMs: this.#now() });
    for (const [oldest, entry] of this.#entries) {
      if (this.#entries.size <= this.#limit && this.#isFresh(entry)) break;
      this.#entries.delete(oldest);
      this.#onDrop?.(entry.value);
    }
    if (before !== undefined && before.value !== value && !this.#isFresh(before))
      this.#onDrop?.(before.value);
  }

  delete(key: Key): void {
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }

  /** The one that was set last comes last. */
  values(): Value[] {
    return [...this.#entries.values()].filter((entry) => this.#isFresh(entry)).map(({ value }) => value);
  }

  #isFresh({ setAtMs }: { readonly setAtMs: number }): boolean {
    return isFresh(setAtMs, this.#maxAgeMs, this.#now());
  }
}
