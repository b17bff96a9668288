import type { CopyProgress, Descriptor, Digest } from '@regfleet/model';

/** Counts the blob bytes of one image as they arrive at the target or turn out to be there. */
export class Progress {
  readonly #report: ((progress: CopyProgress) => void) | undefined;
  readonly #doneBytes = new Map<Digest, number>();
  #bytesDone = 0;
  #bytesTotal: number | undefined;
  #bytesSent = 0;
  #bytesCopied = 0;

  constructor(report: ((progress: CopyProgress) => void) | undefined) {
    this.#report = report;
  }

  /** Bytes of whole blobs that were sent to the target. */
  get bytesCopied(): number {
    return this.#bytesCopied;
  }

  expect(blobs: readonly Descriptor[]): void {
    this.#bytesTotal = blobs.reduce((sum, blob) => sum + blob.sizeBytes, 0);
    this.#tell();
  }

  /** More bytes of a blob were sent. A blob that is sent again does not count beyond its size. */
  advance(blob: Descriptor, bytes: number): void {
    const before = this.#doneBytes.get(blob.digest) ?? 0;
    const after = Math.min(before + bytes, blob.sizeBytes);
    this.#bytesSent += after - before;
    this.#set(blob, after);
  }

  /** The target holds the blob, by whatever way. */
  finish(blob: Descriptor): void {
    this.#set(blob, blob.sizeBytes);
  }

  sent(blob: Descriptor): void {
    this.#bytesCopied += blob.sizeBytes;
  }

  #set(blob: Descriptor, bytes: number): void {
    this.#bytesDone += bytes - (this.#doneBytes.get(blob.digest) ?? 0);
    this.#doneBytes.set(blob.digest, bytes);
    this.#tell();
  }

  #tell(): void {
    this.#report?.({
      bytesDone: this.#bytesDone,
      bytesCopied: this.#bytesSent,
      ...(this.#bytesTotal !== undefined && { bytesTotal: this.#bytesTotal }),
    });
  }
}
