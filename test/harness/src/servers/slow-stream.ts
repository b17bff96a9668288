import { pauseUnless } from './pause-unless.ts';

const SLICE_MS = 100;

/** The same bytes, no faster than so many a second until the signal aborts. */
export async function* slowed(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  bytesPerSecond: number,
  ended?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const sliceBytes = Math.max(1, Math.floor((bytesPerSecond * SLICE_MS) / 1000));
  for await (const chunk of source) {
    let sent = 0;
    while (sent < chunk.byteLength) {
      const end = ended?.aborted ? chunk.byteLength : sent + sliceBytes;
      yield chunk.subarray(sent, end);
      sent = end;
      await pauseUnless(ended, ended?.aborted ? 0 : SLICE_MS);
    }
  }
}
