import type { Writable } from 'node:stream';

/**
 * Copies `source` to `target` up to a limit.
 *
 * @returns true when the limit was reached: everything before it has then left this process.
 */
export async function copyUpTo(
  limitBytes: number,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  target: Writable,
): Promise<boolean> {
  let leftBytes = limitBytes;
  for await (const chunk of source) {
    if (leftBytes > 0) await write(target, chunk.subarray(0, leftBytes));
    leftBytes -= Math.min(chunk.byteLength, leftBytes);
    if (leftBytes === 0) return true;
  }
  return false;
}

async function write(target: Writable, chunk: Uint8Array): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  target.write(chunk, (error) => (error ? reject(error) : resolve()));
  await promise;
}
