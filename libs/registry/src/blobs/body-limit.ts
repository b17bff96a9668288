const KIBIBYTE = 1024;
// Gateways answer 413: Azure's takes 20 MB, Cloudflare's 100 MB. Larger portions spare little.
export const FIRST_PORTION_BYTES = 16 * 1024 * KIBIBYTE;
// nginx takes 1 MB unless told otherwise, and some filters of requests 128 KiB.
const SMALLEST_BYTES = 64 * KIBIBYTE;

/**
 * The portion to try after a body of this size was refused; absent: there is none.
 *
 * @param minimumBytes - the least the registry takes as a portion (`OCI-Chunk-Min-Length`).
 */
export function smallerThan(refusedBytes: number, minimumBytes: number): number | undefined {
  const half = refusedBytes > FIRST_PORTION_BYTES ? FIRST_PORTION_BYTES : refusedBytes / 2;
  // Some stores want portions of round sizes.
  const round = half - (half % SMALLEST_BYTES);
  const next = Math.max(round, minimumBytes, SMALLEST_BYTES);
  return next < refusedBytes ? next : undefined;
}
