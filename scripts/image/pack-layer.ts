import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { tarFolder } from '../release/tar.ts';

export interface PackedLayer {
  /** Of the archive. */
  readonly diffId: string;
  readonly sizeBytes: number;
  /** Of the file, in which it is compressed. */
  readonly digest: string;
  readonly packedBytes: number;
}

/** Packs all that is in a folder into a file, with no times. */
export async function packLayer(folder: string, file: string): Promise<PackedLayer> {
  const plain = measured();
  const packed = measured();
  // Its header has no time and no name; the rest follows from the version of zlib that Node brings along.
  await tarFolder(folder, { epochSeconds: 0 }, (archive) =>
    pipeline(archive, plain.stream, createGzip({ level: 9 }), packed.stream, createWriteStream(file)),
  );
  return {
    diffId: plain.digest(),
    sizeBytes: plain.sizeBytes(),
    digest: packed.digest(),
    packedBytes: packed.sizeBytes(),
  };
}

/** A stream that knows what has gone through it. */
function measured() {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const stream = new PassThrough();
  stream.on('data', (chunk: Uint8Array) => {
    hash.update(chunk);
    sizeBytes += chunk.length;
  });
  return { stream, sizeBytes: () => sizeBytes, digest: () => `sha256:${hash.digest('hex')}` };
}
