const BLOCK_BYTES = 512;

/** A tar archive of one regular file, in the ustar format of POSIX.1-1988. */
export function* tarOf(
  name: string,
  sizeBytes: number,
  content: Iterable<Uint8Array>,
): Generator<Uint8Array> {
  yield header(name, sizeBytes);
  yield* content;
  const padding = (BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES;
  // Two empty blocks end the archive.
  yield Buffer.alloc(padding + 2 * BLOCK_BYTES);
}

const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;

function header(name: string, sizeBytes: number): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  block.write(name, 0, 100);
  block.write(octal(0o644, 7), 100);
  block.write(octal(0, 7), 108);
  block.write(octal(0, 7), 116);
  block.write(octal(sizeBytes, 11), 124);
  block.write(octal(0, 11), 136);
  block.write(' '.repeat(8), 148);
  block.write('0', 156);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 6)} `, 148);
  return block;
}
