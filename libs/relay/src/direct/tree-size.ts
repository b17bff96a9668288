import { SyncError } from '@regfleet/model';

// The largest images known have some hundred manifests, all of them together less than a megabyte.
const MAX_MANIFESTS = 1_000;
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_BLOBS = 20_000;
// Deeper than any index known to exist.
const MAX_DEPTH = 8;

/** Counts what an image is made of, and refuses one that is made to exhaust whoever copies it. */
export class TreeSize {
  #depth = 1;
  #manifests = 1;
  #bytes = 0;
  #blobs = 0;

  /** One level of indexes more, with so many manifests. @throws {SyncError} `MANIFEST_INVALID` */
  descend(manifests: number): void {
    this.#depth += 1;
    this.#manifests += manifests;
    if (manifests > 0 && this.#depth > MAX_DEPTH)
      throw tooLarge(`its indexes are nested more than ${MAX_DEPTH} deep`);
    if (this.#manifests > MAX_MANIFESTS) throw tooLarge(`it has more than ${MAX_MANIFESTS} manifests`);
  }

  /** One manifest was read. @throws {SyncError} `MANIFEST_INVALID` */
  add({ bytes, blobs }: { readonly bytes: number; readonly blobs: number }): void {
    this.#bytes += bytes;
    this.#blobs += blobs;
    if (this.#bytes > MAX_BYTES) throw tooLarge(`its manifests have more than ${MAX_BYTES} bytes together`);
    if (this.#blobs > MAX_BLOBS) throw tooLarge(`it names more than ${MAX_BLOBS} blobs`);
  }
}

const tooLarge = (why: string): SyncError =>
  new SyncError('MANIFEST_INVALID', {
    message: `the image is not copied: ${why}`,
    hint: 'no tool builds such an image; does this registry serve what it was given?',
  });
