import { type Logger, toSyncError } from '@regfleet/model';
import { explainReply } from './wrong-type.ts';

/** Logs what is done again and again as failing; of several failures alike in a row one. */
export class FailureLog {
  readonly #logger: Logger;
  readonly #message: string;
  #told: string | undefined;

  constructor(logger: Logger, message: string) {
    this.#logger = logger;
    this.#message = message;
  }

  failed(failure: unknown): void {
    const error = toSyncError(explainReply(failure));
    if (error.message === this.#told) return;
    this.#told = error.message;
    this.#logger.warn({ error }, this.#message);
  }

  succeeded(): void {
    this.#told = undefined;
  }
}
