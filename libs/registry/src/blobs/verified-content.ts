import { createHash, type Hash } from 'node:crypto';
import { type Descriptor, SyncError } from '@regfleet/model';
import type { BlobReader } from '../contract.ts';
import { kept } from '../http/lent-buffer.ts';

export interface ContentOptions {
  readonly blob: Descriptor;
  /** For messages. */
  readonly reference: string;
}

/**
 * Reads a blob's content once, in portions, and lets its last bytes go only when the digest of all is right.
 *
 * Whoever stores what comes from here can therefore not complete it with wrong content. Failures of the source are kept
 * apart, since those who send the portions report them as failures of their own.
 */
export class VerifiedContent {
  /** What the source failed with, or was found wrong. */
  failure: unknown;
  readonly #source: BlobReader;
  readonly #blob: Descriptor;
  readonly #reference: string;
  readonly #hash: Hash;
  #read = 0;
  #held: Buffer | undefined;

  constructor(source: BlobReader, { blob, reference }: ContentOptions) {
    this.#source = source;
    this.#blob = blob;
    this.#reference = reference;
    this.#hash = createHash(blob.digest.slice(0, blob.digest.indexOf(':')));
  }

  /** Reads `bytes` and throws them away; they count for the digest. */
  async skip(bytes: number): Promise<void> {
    for (let left = bytes; left > 0; ) left -= (await this.take(left)).byteLength;
  }

  destroy(): void {
    this.#source.close();
  }

  /** What comes next, at most `limit` bytes; never empty. */
  async take(limit: number): Promise<Buffer> {
    this.#held ??= await this.#released();
    const chunk = this.#held.subarray(0, limit);
    this.#held = chunk.byteLength < this.#held.byteLength ? this.#held.subarray(limit) : undefined;
    return chunk;
  }

  /** The next chunk; the last one only when all is known to be right. */
  async #released(): Promise<Buffer> {
    try {
      const chunk = await this.#pull();
      if (chunk === undefined) throw this.#truncated();
      if (this.#read < this.#blob.sizeBytes) return chunk;
      // The last bytes are here; nothing may follow.
      const last = kept(chunk);
      const isLonger = this.#read > this.#blob.sizeBytes || (await this.#pull()) !== undefined;
      if (isLonger) throw this.#wrong(`has more than its ${this.#blob.sizeBytes} bytes`);
      this.#verify();
      return last;
    } catch (error) {
      this.failure ??= error;
      throw error;
    }
  }

  async #pull(): Promise<Buffer | undefined> {
    const chunk = await this.#source.read();
    if (chunk === undefined) return undefined;
    this.#hash.update(chunk);
    this.#read += chunk.byteLength;
    return chunk;
  }

  #verify(): void {
    const actual = `${this.#blob.digest.slice(0, this.#blob.digest.indexOf(':'))}:${this.#hash.digest('hex')}`;
    if (actual !== this.#blob.digest) throw this.#wrong(`has the digest ${actual}`);
  }

  #truncated(): SyncError {
    return new SyncError('STREAM_TRUNCATED', {
      message: `the content for ${this.#reference} ended after ${this.#read} of ${this.#blob.sizeBytes} bytes`,
      reference: this.#reference,
    });
  }

  #wrong(how: string): SyncError {
    return new SyncError('DIGEST_MISMATCH', {
      message: `the content for ${this.#reference} ${how}`,
      hint: 'the source does not hold what its manifest names; push the image there again',
      reference: this.#reference,
    });
  }
}
