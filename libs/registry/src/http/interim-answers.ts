import { SyncError } from '@regfleet/model';

// "103 Early Hints" come once or twice in front of an answer.
const MAX_INTERIM_ANSWERS = 16;

/** Ends a request that is answered with nothing but "wait" (1xx): each puts off the time-out of the answer itself. */
export class InterimAnswers {
  readonly #registry: string;
  readonly #limitMs: number;
  readonly #onEndless: (error: SyncError) => void;
  #count = 0;
  #firstAtMs = 0;

  /**
   * @param limitMs - from the first one to the answer.
   * @param onEndless - ends the request.
   */
  constructor(registry: string, limitMs: number, onEndless: (error: SyncError) => void) {
    this.#registry = registry;
    this.#limitMs = limitMs;
    this.#onEndless = onEndless;
  }

  note(): void {
    const nowMs = performance.now();
    if (this.#count === 0) this.#firstAtMs = nowMs;
    this.#count += 1;
    if (this.#count <= MAX_INTERIM_ANSWERS && nowMs - this.#firstAtMs <= this.#limitMs) return;
    this.#onEndless(
      new SyncError('TOO_SLOW', {
        message: `cannot reach ${this.#registry}: it announces an answer ${this.#count} times and sends none`,
        hint: 'is it a registry that answers?',
        registry: this.#registry,
      }),
    );
  }
}
