import type { Digest, Manifest } from '@regfleet/model';

/** Manifests read lately, by registry and digest; the ones not used for longest go first. */
export class ManifestCache {
  readonly #limitBytes: number;
  readonly #manifests = new Map<string, Manifest>();
  #sizeBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get(registry: string, digest: Digest): Manifest | undefined {
    const key = keyOf(registry, digest);
    const manifest = this.#manifests.get(key);
    if (manifest === undefined) return undefined;
    this.#manifests.delete(key);
    this.#manifests.set(key, manifest);
    return manifest;
  }

  set(registry: string, manifest: Manifest): void {
    const key = keyOf(registry, manifest.digest);
    if (this.#manifests.has(key)) return;
    this.#manifests.set(key, manifest);
    this.#sizeBytes += manifest.bytes.byteLength;
    for (const [oldest, { bytes }] of this.#manifests) {
      if (this.#sizeBytes <= this.#limitBytes) return;
      this.#manifests.delete(oldest);
      this.#sizeBytes -= bytes.byteLength;
    }
  }
}

const keyOf = (registry: string, digest: Digest): string => `${registry} ${digest}`;
