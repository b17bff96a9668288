import { createHash } from 'node:crypto';
import type { Descriptor } from '@regfleet/model';
import type { Answer } from '../http/answer.ts';
import { codingsOf, decodedStream, NotDecodable } from '../http/content-coding.ts';

/** How an answer has to be read to be the blob: some are encoded, and some blobs are called so that are not. */
export type Reading = 'as-sent' | 'decoded';

/** What the head of an answer shows of it; absent: only its digest can. */
export function shownReading({ status, headers }: Answer, { sizeBytes }: Descriptor): Reading | undefined {
  // Parts are asked for of what is read as it is sent.
  if (codingsOf(headers['content-encoding']).length === 0 || status === 206) return 'as-sent';
  const length = headers['content-length'];
  if (length === undefined) return undefined;
  return Number(length) === sizeBytes ? 'as-sent' : 'decoded';
}

/**
 * Reads an answer to find out; nothing of it is kept, so that it has to be asked for again.
 *
 * @param note - told of each wait, and of the bytes that came then; throws where they come too slowly.
 * @throws what the body fails with.
 */
export async function tryReading(
  { body, headers }: Answer,
  { sizeBytes, digest }: Descriptor,
  note: (waitedMs: number, bytes: number) => void,
): Promise<Reading> {
  const algorithm = digest.slice(0, digest.indexOf(':'));
  const hash = createHash(algorithm);
  let size = 0;
  let sinceMs = performance.now();
  try {
    for await (const chunk of decodedStream(body, headers['content-encoding'])) {
      note(performance.now() - sinceMs, chunk.byteLength);
      size += chunk.byteLength;
      if (size > sizeBytes) return 'as-sent';
      hash.update(chunk);
      sinceMs = performance.now();
    }
  } catch (error) {
    if (error instanceof NotDecodable) return 'as-sent';
    throw error;
  } finally {
    body.destroy();
  }
  return `${algorithm}:${hash.digest('hex')}` === digest ? 'decoded' : 'as-sent';
}
