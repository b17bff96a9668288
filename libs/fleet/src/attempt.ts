/** Why a job's signal was aborted. */
export type AbortReason = 'shutdown' | 'lock-lost' | 'cancelled' | 'no-room' | 'permit-lost' | 'held';

const REASONS: ReadonlySet<unknown> = new Set<AbortReason>([
  'shutdown',
  'lock-lost',
  'cancelled',
  'no-room',
  'permit-lost',
  'held',
]);

const isAbortReason = (reason: unknown): reason is AbortReason => REASONS.has(reason);

/** What handlers find as the reason of their signal; the rules get the bare reason. */
class JobAborted extends Error {
  override readonly name = 'AbortError';
}

/** Whoever has the permit by now is one of as many as the registry allows. */
class PermitLost extends JobAborted {
  /** As `sendsNothingAfter` of the model reads it. */
  readonly sendsNothing = true;
}

/** The signal of one try of a job: that of its store, whose reason may be text, with a proper error as reason. */
export class Attempt {
  readonly #controller = new AbortController();
  #reason: AbortReason | undefined;

  constructor(signal?: AbortSignal) {
    if (signal?.aborted) this.abort(signal.reason);
    signal?.addEventListener('abort', () => this.abort(signal.reason), { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Absent while nothing was aborted. */
  get reason(): AbortReason | undefined {
    return this.#reason;
  }

  abort(reason: unknown): void {
    if (this.#reason !== undefined) return;
    this.#reason = isAbortReason(reason) ? reason : 'shutdown';
    const Aborted = this.#reason === 'permit-lost' ? PermitLost : JobAborted;
    this.#controller.abort(new Aborted(`the job was aborted: ${this.#reason}`));
  }
}
