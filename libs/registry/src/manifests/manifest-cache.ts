import type { Digest, Manifest } from '@regfleet/model';

/** Manifests that one account has read from one registry. */
export interface AccountManifests {
  get(digest: Digest, repository: string): Manifest | undefined;
  /** @param repository - the only one that it counts for; absent: any. @returns what is kept of it, with bytes of its own. */
  add(manifest: Manifest, repository?: string): Manifest;
}

// For the entry itself: digest, media type and what holds them.
const ENTRY_BYTES = 512;

// Tasks that run once a day find what they read the day before.
const IDLE_MS = 25 * 60 * 60_000;

/** Manifests read lately; the ones not used for longest go first. What a digest names never changes. */
export class ManifestCache {
  readonly #limitBytes: number;
  readonly #now: () => number;
  readonly #entries = new Map<string, Entry>();
  #sizeBytes = 0;

  /** @param now - epoch milliseconds; absent: the clock. */
  constructor(limitBytes: number, now: () => number = Date.now) {
    this.#limitBytes = limitBytes;
    this.#now = now;
  }

  /** What it takes of memory. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Apart for each account: what one may read, another may not. */
  of(account: string): AccountManifests {
    const keyOf = (digest: Digest): string => `${account} ${digest}`;
    return {
      get: (digest, repository) => this.#get(keyOf(digest), repository),
      add: (manifest, repository) => this.#set(keyOf(manifest.digest), { manifest, repository }),
    };
  }

  #get(key: string, repository: string): Manifest | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || (entry.repository ?? repository) !== repository) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, { ...entry, usedAtMs: this.#now() });
    return entry.manifest;
  }

  #set(key: string, { manifest, repository }: Omit<Entry, 'usedAtMs'>): Manifest {
    this.#drop(key);
    // What came from a socket is mostly a small part of a large piece of memory, which it would keep.
    const kept = { ...manifest, bytes: new Uint8Array(manifest.bytes) };
    const usedAtMs = this.#now();
    this.#entries.set(key, { manifest: kept, repository, usedAtMs });
    this.#sizeBytes += sizeOf(key, kept);
    for (const [oldest, entry] of this.#entries) {
      if (this.#sizeBytes <= this.#limitBytes && usedAtMs - entry.usedAtMs < IDLE_MS) break;
      this.#drop(oldest);
    }
    return kept;
  }

  #drop(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#sizeBytes -= sizeOf(key, entry.manifest);
  }
}

/** Keys are long: they say all that the config says of an account. */
const sizeOf = (key: string, { bytes }: Manifest): number => ENTRY_BYTES + key.length + bytes.byteLength;

interface Entry {
  readonly manifest: Manifest;
  readonly repository: string | undefined;
  readonly usedAtMs: number;
}
