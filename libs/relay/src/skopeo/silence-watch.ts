import { movedBytes } from './moved-bytes.ts';

const LOOKS_PER_LIMIT = 10;
const MOST_BETWEEN_LOOKS_MS = 5_000;

/**
 * Notices that a program and those it started move no byte for too long. What it prints says nothing: a healthy skopeo prints one line for a
 * blob that takes an hour.
 */
export class SilenceWatch {
  readonly #pid: number;
  readonly #limitMs: number;
  readonly #onSilence: () => void;
  readonly #timer: NodeJS.Timeout;
  #seen: bigint | undefined;
  #sinceMs = performance.now();
  #isLooking = false;

  /** @param onSilence - called once. */
  constructor(pid: number, limitMs: number, onSilence: () => void) {
    this.#pid = pid;
    this.#limitMs = limitMs;
    this.#onSilence = onSilence;
    const everyMs = Math.min(limitMs / LOOKS_PER_LIMIT, MOST_BETWEEN_LOOKS_MS);
    this.#timer = setInterval(() => void this.#look(), everyMs);
  }

  end(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const moved = await movedBytes(this.#pid);
    this.#isLooking = false;
    const nowMs = performance.now();
    // A machine that does not tell must not have its copies ended. Less than before: one that moved bytes has ended.
    if (moved === undefined || moved !== this.#seen) {
      this.#seen = moved;
      this.#sinceMs = nowMs;
      return;
    }
    if (nowMs - this.#sinceMs < this.#limitMs) return;
    this.end();
    this.#onSilence();
  }
}
