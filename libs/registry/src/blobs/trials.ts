import type { SyncError } from '@regfleet/model';
import { FIRST_PORTION_BYTES, smallerThan } from './body-limit.ts';
import type { Intake, UploadBody } from './intake.ts';
import { mayMeanForm, mayMeanSize } from './refused-body.ts';

/** How the content of an upload is sent, besides what was learnt of the registry. */
interface Trial {
  readonly isByPatch: boolean;
  readonly portionBytes: number;
}

const CHEAPEST: Trial = { isByPatch: false, portionBytes: Number.POSITIVE_INFINITY };

// A connection that is cut with less is not cut for the size.
const CUT_BYTES = 1024 * 1024;

/** In which form one upload is tried, by what the registry has refused of it; what helps is learnt for all. */
export class Trials {
  readonly #intake: Intake;
  /** What the registry calls the least of a portion. */
  minimumBytes = 0;
  /** What is tried since bodies get nowhere without a clear reason; learnt when it has helped. */
  #trial: Trial = CHEAPEST;
  /** What led to the trial: it says more than what the last attempt met. */
  #refusal: SyncError | undefined;
  /** True: it does without what other uploads have learnt. */
  #isAfresh = false;

  constructor(intake: Intake) {
    this.#intake = intake;
  }

  /** The most that one body has. */
  get largestBytes(): number {
    return Math.max(Math.min(this.#intake.largestBytes, this.#trial.portionBytes), this.minimumBytes);
  }

  /** True: content goes by PATCH alone. */
  get isByPatch(): boolean {
    return this.#trial.isByPatch || this.#intake.refusesPut;
  }

  /** Portions that helped show that the size was at fault, so that the form was not. @param bytes - of the whole blob. */
  helped(bytes: number): void {
    const { isByPatch, portionBytes } = this.#trial;
    if (portionBytes < bytes) this.#intake.lower(portionBytes);
    else if (isByPatch) this.#intake.refusePut();
  }

  /** Some gateways cut, or fail, instead of saying what they mind. @returns whether it is worth going on until nothing is left to try. */
  suspect({ code }: SyncError, body: UploadBody | undefined): boolean {
    if (body === undefined || this.#intake.hasTaken(body)) return false;
    const isCut = code === 'NETWORK_FAILED';
    const leastBytes = Math.max(this.minimumBytes, isCut ? CUT_BYTES : FIRST_PORTION_BYTES);
    const portionBytes = smallerThan(body.bytes, leastBytes);
    const isByPatch = this.#trial.isByPatch || (!isCut && this.#mayMindForm(body));
    this.#trial = { isByPatch, portionBytes: portionBytes ?? this.#trial.portionBytes };
    return isCut && portionBytes !== undefined;
  }

  /** A body was refused for its size without doubt. @returns false when it cannot be smaller. */
  shrink(body: UploadBody | undefined): boolean {
    const portionBytes = body && smallerThan(body.bytes, this.minimumBytes);
    if (portionBytes === undefined) return false;
    this.#intake.lower(portionBytes);
    this.#isAfresh = true;
    return true;
  }

  /** The whole takes longer than a token lasts; a portion does not. @param bytes - of the whole blob. */
  divide(bytes: number): void {
    const portionBytes = smallerThan(bytes, Math.max(this.minimumBytes, FIRST_PORTION_BYTES));
    if (portionBytes !== undefined) this.#trial = { ...this.#trial, portionBytes };
  }

  /** A refusal that may mean the form or the size of what was sent. @throws the first refusal when nothing is left to try. */
  tryOtherwise(error: SyncError, body: UploadBody | undefined): void {
    this.#refusal ??= error;
    const next = body && this.#otherTrial(error, body);
    if (next !== undefined) this.#trial = next;
    else if (this.#isAfresh || !this.#intake.hasLearnt) throw this.#refusal;
    else this.#forget();
  }

  #otherTrial(error: SyncError, body: UploadBody): Trial | undefined {
    if (mayMeanForm(error) && this.#mayMindForm(body)) return { ...this.#trial, isByPatch: true };
    if (!mayMeanSize(error) || this.#intake.hasTaken(body)) return undefined;
    const portionBytes = smallerThan(body.bytes, this.minimumBytes);
    return portionBytes === undefined ? undefined : { ...this.#trial, portionBytes };
  }

  #mayMindForm({ method }: UploadBody): boolean {
    return method === 'PUT' && !this.#intake.hasTakenBy('PUT');
  }

  /** What was learnt may have been wrong, or be so by now. */
  #forget(): void {
    this.#intake.forget();
    this.#isAfresh = true;
    this.#trial = CHEAPEST;
  }
}
