import type { Digest, Manifest } from '@regfleet/model';

/** Manifests that one account has read from one registry. */
export interface AccountManifests {
  get(digest: Digest): Manifest | undefined;
  add(manifest: Manifest): void;
}

// For the entry itself: key, digest, media type and what holds them.
const ENTRY_BYTES = 512;

/** Manifests read lately; the ones not used for longest go first. What a digest names never changes. */
export class ManifestCache {
  readonly #limitBytes: number;
  readonly #manifests = new Map<string, Manifest>();
  #sizeBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Apart for each account: what one may read, another may not. */
  of(account: string): AccountManifests {
    const keyOf = (digest: Digest): string => `${account} ${digest}`;
    return {
      get: (digest) => this.#get(keyOf(digest)),
      add: (manifest) => this.#set(keyOf(manifest.digest), manifest),
    };
  }

  #get(key: string): Manifest | undefined {
    const manifest = this.#manifests.get(key);
    if (manifest === undefined) return undefined;
    this.#manifests.delete(key);
    this.#manifests.set(key, manifest);
    return manifest;
  }

  #set(key: string, manifest: Manifest): void {
    if (this.#manifests.has(key)) return;
    // What came from a socket is mostly a small part of a large piece of memory, which it would keep.
    this.#manifests.set(key, { ...manifest, bytes: new Uint8Array(manifest.bytes) });
    this.#sizeBytes += ENTRY_BYTES + manifest.bytes.byteLength;
    for (const [oldest, { bytes }] of this.#manifests) {
      if (this.#sizeBytes <= this.#limitBytes) return;
      this.#manifests.delete(oldest);
      this.#sizeBytes -= ENTRY_BYTES + bytes.byteLength;
    }
  }
}
