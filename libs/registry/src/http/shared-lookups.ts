import type { LookupAddress, LookupOptions } from 'node:dns';
import { BoundedMap } from '@regfleet/model';

/** As `lookup` of `node:dns`, with all addresses. */
export type Lookup = (
  hostname: string,
  options: LookupOptions & { readonly all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

const KEPT_MS = 60_000;

// Registries name what they like.
const MAX_NAMES = 100;

/** What names resolve to here, asked once a minute for all: a DNS behind a firewall is silent for long, and takes threads meanwhile. */
export class SharedLookups {
  readonly #lookup: Lookup;
  readonly #kept: BoundedMap<string, Promise<readonly LookupAddress[]>>;

  /** @param now - milliseconds of any clock that only goes on. */
  constructor(resolver: Lookup, now: () => number = () => performance.now()) {
    this.#lookup = resolver;
    this.#kept = new BoundedMap({ limit: MAX_NAMES, maxAgeMs: KEPT_MS, now });
  }

  /** Names in memory. */
  get size(): number {
    return this.#kept.size;
  }

  /** All addresses of a name; empty: it has none here, or they did not come within `limitMs`. */
  of(hostname: string, limitMs: number): Promise<readonly LookupAddress[]> {
    const kept = this.#kept.get(hostname);
    if (kept !== undefined) return kept;
    const addresses = this.#ask(hostname, limitMs);
    this.#kept.set(hostname, addresses);
    return addresses;
  }

  #ask(hostname: string, limitMs: number): Promise<readonly LookupAddress[]> {
    const { promise, resolve } = Promise.withResolvers<readonly LookupAddress[]>();
    const timer = setTimeout(() => resolve([]), limitMs);
    this.#lookup(hostname, { all: true }, (error, addresses) => {
      clearTimeout(timer);
      resolve(error === null ? addresses : []);
    });
    return promise;
  }
}
