/** So many requests a second, and so many more at once: `limit_req` of nginx with `nodelay`. */
export interface BurstLimit {
  readonly perSecond: number;
  readonly burst: number;
}

/** @see https://nginx.org/en/docs/http/ngx_http_limit_req_module.html */
export class LeakyBucket {
  readonly #limit: BurstLimit;
  #excess = 0;
  #sinceMs = 0;

  constructor(limit: BurstLimit) {
    this.#limit = limit;
  }

  /** True: one more request is too many. */
  isFull(nowMs: number): boolean {
    const { perSecond, burst } = this.#limit;
    const leakedMs = nowMs - this.#sinceMs;
    const excess = Math.max(0, this.#excess - (leakedMs * perSecond) / 1000 + 1);
    if (excess > burst) return true;
    this.#excess = excess;
    this.#sinceMs = nowMs;
    return false;
  }
}
