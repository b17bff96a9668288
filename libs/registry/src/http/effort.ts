import type { Timeouts } from './timeouts.ts';

// As many as Go's client follows.
export const MAX_REDIRECTS = 10;

/** What one request may cost with its redirects and repetitions, each of which has the time-outs of a request of its own. */
export class Effort {
  readonly limitMs: number;
  readonly #stepMs: number;
  #spentMs = 0;
  #redirects = 0;

  constructor({ connectMs, headersMs, commitMs, answerMs }: Timeouts, isCommit: boolean) {
    this.limitMs = 2 * Math.max(answerMs, isCommit ? commitMs : 0);
    this.#stepMs = connectMs + (isCommit ? commitMs : headersMs);
  }

  /**
   * One more was asked.
   *
   * @param tookMs - until the head of the answer, or the end of a redirect; more than a server can take was spent waiting for a connection.
   */
  asked(tookMs: number): void {
    this.#spentMs += Math.min(tookMs, this.#stepMs);
  }

  redirected(): void {
    this.#redirects += 1;
  }

  /** True: what follows would come too late. */
  get isSpent(): boolean {
    return this.#spentMs >= this.limitMs;
  }

  /** False: as many redirects again are not worth it. */
  get isWorthRepeating(): boolean {
    return !this.isSpent && this.#redirects < MAX_REDIRECTS;
  }
}
