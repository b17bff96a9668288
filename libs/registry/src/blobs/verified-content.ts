import { createHash, type Hash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { type Descriptor, SyncError } from '@regfleet/model';

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
  readonly #source: Readable;
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #blob: Descriptor;
  readonly #reference: string;
  readonly #hash: Hash;
  #read = 0;
  #held: Buffer | undefined;

  constructor(source: Readable, { blob, reference }: ContentOptions) {
    this.#source = source;
    this.#chunks = (source as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
    this.#blob = blob;
    this.#reference = reference;
    this.#hash = createHash(blob.digest.slice(0, blob.digest.indexOf(':')));
  }

  /** Reads `bytes` and throws them away; they count for the digest. */
  async skip(bytes: number): Promise<void> {
    for await (const _ of this.portion(bytes)) {
      // Their digest is all that is needed.
    }
  }

  /** The next `bytes` of the content. */
  async *portion(bytes: number): AsyncGenerator<Buffer> {
    let wanted = bytes;
    while (wanted > 0) {
      const chunk = await this.#take(wanted);
      wanted -= chunk.byteLength;
      yield chunk;
    }
  }

  destroy(): void {
    this.#source.destroy();
  }

  /** At most `limit` bytes; never empty. */
  async #take(limit: number): Promise<Buffer> {
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
      const isLonger = this.#read > this.#blob.sizeBytes || (await this.#pull()) !== undefined;
      if (isLonger) throw this.#wrong(`has more than its ${this.#blob.sizeBytes} bytes`);
      this.#verify();
      return chunk;
    } catch (error) {
      this.failure ??= error;
      throw error;
    }
  }

  async #pull(): Promise<Buffer | undefined> {
    for (;;) {
      const { value, done } = await this.#chunks.next();
      if (done) return undefined;
      if (value.byteLength === 0) continue;
      this.#hash.update(value);
      this.#read += value.byteLength;
      return value;
    }
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
