import { SyncError } from '@regfleet/model';

// "103 Early Hints" come once or twice in front of an answer.
const MAX_INTERIM_ANSWERS = 16;

/** Ends a request that is answered with nothing but "wait" (1xx): each puts off the time-out of the answer itself. */
export class InterimAnswers {
  readonly #registry: string;
  readonly #limitMs: number;
  readonly #abort = new AbortController();
  #count = 0;
  #firstAtMs = 0;

  /** @param limitMs - from the first one to the answer. */
  constructor(registry: string, limitMs: number) {
    this.#registry = registry;
    this.#limitMs = limitMs;
  }

  /** Aborts with `signal`, and by itself. */
  with(signal: AbortSignal | undefined): AbortSignal {
    const own = this.#abort.signal;
    return signal === undefined ? own : AbortSignal.any([signal, own]);
  }

  note(): void {
    const nowMs = performance.now();
    if (this.#count === 0) this.#firstAtMs = nowMs;
    this.#count += 1;
    if (this.#count <= MAX_INTERIM_ANSWERS && nowMs - this.#firstAtMs <= this.#limitMs) return;
    this.#abort.abort(
      new SyncError('TOO_SLOW', {
        message: `cannot reach ${this.#registry}: it announces an answer ${this.#count} times and sends none`,
        hint: 'is it a registry that answers?',
        registry: this.#registry,
      }),
    );
  }
}
