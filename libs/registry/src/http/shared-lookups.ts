import type { LookupAddress, LookupOptions } from 'node:dns';

/** As `lookup` of `node:dns`, with all addresses. */
export type Lookup = (
  hostname: string,
  options: LookupOptions & { readonly all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

const KEPT_MS = 60_000;

// Registries name what they like.
const MAX_NAMES = 100;

interface Kept {
  readonly addresses: Promise<readonly LookupAddress[]>;
  readonly sinceMs: number;
}

/** What names resolve to here, asked once a minute for all: a DNS behind a firewall is silent for long, and takes threads meanwhile. */
export class SharedLookups {
  readonly #lookup: Lookup;
  readonly #now: () => number;
  /** The oldest comes first. */
  readonly #kept = new Map<string, Kept>();

  /** @param now - milliseconds of any clock that only goes on. */
  constructor(resolver: Lookup, now: () => number = () => performance.now()) {
    this.#lookup = resolver;
    this.#now = now;
  }

  /** All addresses of a name; empty: it has none here, or they did not come within `limitMs`. */
  of(hostname: string, limitMs: number): Promise<readonly LookupAddress[]> {
    const sinceMs = this.#now();
    const kept = this.#kept.get(hostname);
    if (kept !== undefined && sinceMs - kept.sinceMs < KEPT_MS) return kept.addresses;
    const addresses = this.#ask(hostname, limitMs);
    this.#kept.delete(hostname);
    this.#kept.set(hostname, { addresses, sinceMs });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MAX_NAMES && oldest !== undefined) this.#kept.delete(oldest);
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
