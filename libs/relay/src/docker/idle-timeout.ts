import { LONGEST_TIMER_MS, SyncError } from '@regfleet/model';

/** How long a docker daemon may be silent before it is taken to hang. */
export interface DaemonLimits {
  /** Until it says which versions it speaks. */
  readonly helloMs: number;
  /** Until it answers a question about what it holds, or has tagged or removed an image. */
  readonly callMs: number;
  /** Between two lines of a pull or push. */
  readonly silenceMs: number;
}

/**
 * Daemons tell every second what they transfer or extract, but not while they copy the layers below (vfs), nor while a
 * registry puts a large upload together, which takes minutes. Removing an image of many gigabytes takes seconds.
 */
export const DEFAULT_LIMITS: DaemonLimits = { helloMs: 5_000, callMs: 60_000, silenceMs: 600_000 };

/** Aborts its signal once nothing was heard for too long. */
export class IdleTimeout {
  readonly #abort = new AbortController();
  readonly #timer: NodeJS.Timeout;

  /** @param loss - the reason of the abort. */
  constructor(limitMs: number, loss: () => Error) {
    this.#timer = setTimeout(() => this.#abort.abort(loss()), Math.min(limitMs, LONGEST_TIMER_MS));
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  heard(): void {
    this.#timer.refresh();
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

/** A daemon that was silent for `limitMs`. */
export const silentDaemon = (host: string, limitMs: number): SyncError =>
  new SyncError('TIMED_OUT', {
    message: `the docker daemon at ${host} said nothing for ${limitMs / 1000} s`,
    hint: 'look at its log and its load (docker info); restart it where it hangs',
  });
