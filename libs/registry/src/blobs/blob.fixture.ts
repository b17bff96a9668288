import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Descriptor, Digest } from '@regfleet/model';

export function blobOf(content: Uint8Array): Descriptor {
  return {
    mediaType: 'application/vnd.oci.image.layer.v1.tar',
    digest: `sha256:${createHash('sha256').update(content).digest('hex')}` as Digest,
    sizeBytes: content.byteLength,
  };
}

/** The content in chunks as a socket would give them. */
export const streamOf = (...parts: Uint8Array[]): Readable =>
  Readable.from(
    (function* () {
      for (const part of parts) {
        for (let offset = 0; offset < part.byteLength; offset += 65_536)
          yield part.subarray(offset, offset + 65_536);
      }
    })(),
    { objectMode: false },
  );
