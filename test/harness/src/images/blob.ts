import { createHash } from 'node:crypto';
import { type Digest, parseDigest } from '@regfleet/model';

/** Content that is made when it is asked for, so that large blobs need no memory. */
export interface MadeBlob {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** The same bytes each time. */
  chunks(): Iterable<Uint8Array>;
  /** All of `chunks` at once. */
  bytes(): Uint8Array;
}

export function makeBlob(mediaType: string, chunks: () => Iterable<Uint8Array>): MadeBlob {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for (const chunk of chunks()) {
    hash.update(chunk);
    sizeBytes += chunk.byteLength;
  }
  const digest = parseDigest(`sha256:${hash.digest('hex')}`);
  return { mediaType, digest, sizeBytes, chunks, bytes: () => Buffer.concat([...chunks()]) };
}

export const jsonBlob = (mediaType: string, value: unknown): MadeBlob => {
  const bytes = Buffer.from(JSON.stringify(value));
  return makeBlob(mediaType, () => [bytes]);
};

export const sha256Of = (chunks: Iterable<Uint8Array>): Digest => makeBlob('', () => chunks).digest;
