import { createHash } from 'node:crypto';
import type { Descriptor, Digest } from '@regfleet/model';
import type { BlobReader } from '../contract.ts';

export function blobOf(content: Uint8Array): Descriptor {
  return {
    mediaType: 'application/vnd.oci.image.layer.v1.tar',
    digest: `sha256:${createHash('sha256').update(content).digest('hex')}` as Digest,
    sizeBytes: content.byteLength,
  };
}

/** The content in chunks as a socket would give them. */
export const streamOf = (...parts: Uint8Array[]): BlobReader =>
  readerOf(
    parts.flatMap((part) =>
      Array.from({ length: Math.ceil(part.byteLength / CHUNK_BYTES) }, (_, index) =>
        Buffer.from(part.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES)),
      ),
    ),
  );

const CHUNK_BYTES = 65_536;

/** A reader of whatever comes, piece by piece; `close` ends it. */
export function readerOf(pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): BlobReader {
  const source = Symbol.asyncIterator in pieces ? pieces[Symbol.asyncIterator]() : pieces[Symbol.iterator]();
  return {
    async read() {
      const { value, done } = await source.next();
      return done ? undefined : Buffer.from(value);
    },
    close() {
      // One that waits for something comes to it later, or never.
      Promise.resolve(source.return?.()).catch(() => undefined);
    },
  };
}
