// 413 comes from gateways: Azure's takes 20 MB, Cloudflare's 100 MB, nginx 1 MB unless told otherwise.
const LIMITS: readonly number[] = [16, 4, 1].map((mebibytes) => mebibytes * 1024 * 1024);

/** How large the body of one upload request may be at a registry; learnt from what it refuses. */
export class BodyLimit {
  #bytes = Number.POSITIVE_INFINITY;

  /** `Infinity` until something was refused. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * A body of this size was refused.
   *
   * @param minimumBytes - the least the registry takes as a portion (`OCI-Chunk-Min-Length`).
   * @returns whether there is a smaller size to try.
   */
  lower(refusedBytes: number, minimumBytes: number): boolean {
    const next = smallerThan(refusedBytes);
    if (next === undefined || next < minimumBytes) return false;
    this.#bytes = Math.min(this.#bytes, next);
    return true;
  }
}

/** The largest portion worth trying below a size; absent: there is none. */
export const smallerThan = (bytes: number): number | undefined => LIMITS.find((limit) => limit < bytes);
