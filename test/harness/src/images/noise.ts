import { createCipheriv, createHash } from 'node:crypto';

const CHUNK_BYTES = 64 * 1024;

/** `sizeBytes` bytes that do not compress, the same for the same seed: the key stream of AES-CTR. */
export function* noise(seed: string | number, sizeBytes: number): Generator<Uint8Array> {
  const key = createHash('sha256').update(String(seed)).digest();
  const cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  const zeros = Buffer.alloc(CHUNK_BYTES);
  for (let left = sizeBytes; left > 0; left -= CHUNK_BYTES) {
    yield cipher.update(left < CHUNK_BYTES ? zeros.subarray(0, left) : zeros);
  }
}
