import type { SyncError } from '@regfleet/model';
import { mayMeanForm, mayMeanSize } from './refused-body.ts';

// Each time the source sends the blob again.
const MAX_LOST = 5;

/** What refusals say of the place at which an upload is continued, which registries tell late, or keep less than they took. */
export class Whereabouts {
  #isResumed = false;
  #isDoubted = false;
  #lost = 0;

  /** False: what the registry says of it has led to nothing. */
  get isBelieved(): boolean {
    return !this.#isDoubted;
  }

  begun(): void {
    this.#isResumed = false;
  }

  /** It goes on where the registry said that it stands. */
  resumed(): void {
    this.#isResumed = true;
  }

  /**
   * What to do about a refusal that may be about the place; absent: it is not.
   *
   * @param isUsual - such a body has been taken before, so that its size is not what the registry minds.
   */
  meaning(error: SyncError, offset: number, isUsual: boolean): 'ask' | 'begin anew' | undefined {
    if (this.#isResumed && !this.#isDoubted && (mayMeanForm(error) || mayMeanSize(error))) {
      this.#isDoubted = true;
      return 'begin anew';
    }
    if (error.httpStatus !== 416 || offset === 0 || !isUsual || this.#lost >= MAX_LOST) return undefined;
    this.#lost += 1;
    return 'ask';
  }
}
