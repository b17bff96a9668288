import { crc32 } from 'node:zlib';

// RFC 1952: magic, deflate, no flags, no time, unknown file system.
const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);
// RFC 1951, 3.2.4: the largest stored block.
const BLOCK_BYTES = 65_535;

/** A gzip stream of stored blocks: the same bytes everywhere, and no time spent on content that does not compress. */
export function* gzipOf(chunks: Iterable<Uint8Array>): Generator<Uint8Array> {
  let checksum = 0;
  let sizeBytes = 0;
  yield HEADER;
  for (const chunk of chunks) {
    checksum = crc32(chunk, checksum);
    sizeBytes += chunk.byteLength;
    yield* storedBlocks(chunk);
  }
  yield Uint8Array.of(1, 0, 0, 0xff, 0xff);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(checksum, 0);
  trailer.writeUInt32LE(sizeBytes % 2 ** 32, 4);
  yield trailer;
}

function* storedBlocks(chunk: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < chunk.byteLength; start += BLOCK_BYTES) {
    const block = chunk.subarray(start, start + BLOCK_BYTES);
    const head = Buffer.alloc(5);
    head.writeUInt16LE(block.byteLength, 1);
    head.writeUInt16LE(0xffff - block.byteLength, 3);
    yield head;
    yield block;
  }
}
