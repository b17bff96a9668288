import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream, readdirSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/** Whoever packs, whenever: the same bytes of the same files. */
const REPRODUCIBLE = [
  '--sort=name',
  '--mtime=@0',
  '--owner=root:0',
  '--group=root:0',
  '--numeric-owner',
  '--format=gnu',
  '--hard-dereference',
];

export interface PackedLayer {
  /** Of the archive. */
  readonly diffId: string;
  readonly sizeBytes: number;
  /** Of the file, in which it is compressed. */
  readonly digest: string;
  readonly packedBytes: number;
}

/** Packs all that is in a folder into a file. @throws {Error} with what tar complains of. */
export async function packLayer(folder: string, file: string): Promise<PackedLayer> {
  const names = readdirSync(folder).toSorted();
  const tar = spawn('tar', ['--create', ...REPRODUCIBLE, '--directory', folder, '--', ...names], {
    env: { ...process.env, LC_ALL: 'C', TAR_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    tar.once('error', reject);
    tar.once('close', resolve);
  });
  let complaint = '';
  tar.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const plain = measured();
  const packed = measured();
  // Its header has no time and no name; the rest follows from the version of zlib that Node brings along.
  const packing = pipeline(
    tar.stdout,
    plain.stream,
    createGzip({ level: 9 }),
    packed.stream,
    createWriteStream(file),
  );
  const [code] = await Promise.all([ended, packing]);
  if (code !== 0) throw new Error(`tar ended with ${code}: ${complaint}`);
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
