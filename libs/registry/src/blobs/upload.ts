import { type Descriptor, isSyncError, SyncError, sleep } from '@regfleet/model';
import type { RequestOptions } from '../contract.ts';
import { mayBeThere } from '../errors/refused-write.ts';
import type { Answer } from '../http/answer.ts';
import { MAX_REDIRECTS } from '../http/effort.ts';
import { isBareRefusal } from '../http/repetition.ts';
import type { Session } from '../session/session.ts';
import { EarlyContent, type OpenContent } from './early-content.ts';
import type { Intake, UploadBody } from './intake.ts';
import { headBlob } from './presence.ts';
import { mayMeanForm, mayMeanSize } from './refused-body.ts';
import { Renewals } from './renewals.ts';
import { uploadRequest } from './request.ts';
import { Trials } from './trials.ts';
import { type AttemptResult, sendPortions, sendWhole, type UploadState } from './upload-attempt.ts';
import { giveUpUpload } from './upload-end.ts';
import { uploadStatus } from './upload-status.ts';
import { uploadUrl } from './upload-url.ts';
import { VerifiedContent } from './verified-content.ts';
import { Whereabouts } from './whereabouts.ts';

export type UploadOptions = RequestOptions & {
  readonly location?: string;
  readonly onBytes?: (bytes: number) => void;
};

export interface UploadWork {
  readonly repository: string;
  readonly blob: Descriptor;
  readonly content: OpenContent;
  readonly options: UploadOptions;
}

const RECOVERABLE: ReadonlySet<string> = new Set([
  'NETWORK_FAILED',
  'SERVER_FAILED',
  'STREAM_TRUNCATED',
  'TIMED_OUT',
]);

/**
 * One blob on its way up: whole, by PATCH where the registry takes no content with the PUT, or in portions where it takes no more
 * at once; continued after a cut.
 */
export class Upload {
  readonly #session: Session;
  readonly #intake: Intake;
  readonly #work: UploadWork;
  readonly #request: ReturnType<typeof uploadRequest>;
  #state: UploadState | undefined;
  readonly #trials: Trials;
  readonly #whereabouts = new Whereabouts();
  #reported = 0;
  #failures = 0;
  #refusals = 0;
  #redirects = 0;
  readonly #renewals: Renewals;
  #hasLooked = false;
  readonly #content: EarlyContent;

  constructor(session: Session, intake: Intake, work: UploadWork) {
    this.#session = session;
    this.#intake = intake;
    this.#trials = new Trials(intake);
    this.#renewals = new Renewals(session.endpoint.transport.settings.now);
    this.#work = work;
    this.#content = new EarlyContent(work.content);
    const { repository, blob, options } = work;
    this.#request = uploadRequest(session, { repository, digest: blob.digest }, options);
    if (options.location !== undefined) this.#state = { location: options.location, offset: 0 };
  }

  /** Absent: none is open. */
  get location(): string | undefined {
    return this.#state?.location;
  }

  async run(): Promise<void> {
    if (this.#state === undefined) this.#content.ask();
    try {
      for (;;) {
        const state = this.#state ?? (await this.#begin());
        this.#state = state;
        if (state === undefined || (await this.#isSent(state))) return;
      }
    } catch (error) {
      await this.#giveUp();
      throw error;
    } finally {
      this.#content.end();
    }
  }

  async #giveUp(): Promise<void> {
    if (this.#state !== undefined) await giveUpUpload(this.#session, this.#state.location, this.#request);
  }

  /** @returns false where another attempt has been prepared. */
  async #isSent(state: UploadState): Promise<boolean> {
    const { blob } = this.#work;
    const verified = new VerifiedContent(await this.#content.take(), {
      blob,
      reference: this.#request.reference,
    });
    try {
      await verified.skip(state.offset);
      const isComplete = (await this.#send(verified, state)) === 'complete';
      if (isComplete) this.#trials.helped(blob.sizeBytes);
      else this.#countRedirect();
      return isComplete;
    } catch (error) {
      this.#request.signal?.throwIfAborted();
      if (verified.failure !== undefined) throw verified.failure;
      if (await this.#isThereAlready(error)) {
        await this.#giveUp();
        return true;
      }
      if (isSyncError(error) && (await this.#recovers(error, state))) return false;
      throw error;
    } finally {
      verified.destroy();
    }
  }

  /**
   * Another may have brought it meanwhile, and what is refused may be what is there: one look is cheaper than another try. What the
   * source says of its own blob is told with another reference.
   */
  async #isThereAlready(error: unknown): Promise<boolean> {
    const { repository, blob, options } = this.#work;
    const { reference, signal } = this.#request;
    if (this.#hasLooked || !mayBeThere(error) || error.reference !== reference) return false;
    if (RECOVERABLE.has(error.code)) return false;
    this.#hasLooked = true;
    const found = await headBlob(this.#session, repository, blob.digest, options).catch(() => undefined);
    signal?.throwIfAborted();
    return found === true;
  }

  /** Absent: the blob is there. */
  async #begin(): Promise<UploadState | undefined> {
    const answer = await this.#open();
    if (answer === undefined) return undefined;
    this.#trials.minimumBytes = minimumPortion(answer);
    this.#whereabouts.begun();
    return { location: uploadUrl(this.#session, answer, this.#request.reference), offset: 0 };
  }

  async #open(): Promise<Answer | undefined> {
    try {
      return await this.#session.head({
        ...this.#request,
        method: 'POST',
        headers: { 'content-length': '0' },
        isRepeatable: true,
        expects: [202],
      });
    } catch (error) {
      this.#request.signal?.throwIfAborted();
      if (await this.#isThereAlready(error)) return undefined;
      throw error;
    }
  }

  #send(content: VerifiedContent, state: UploadState): Promise<AttemptResult> {
    const { blob } = this.#work;
    const onPosition = (position: number): void => this.#report(position);
    const onTaken = (body: UploadBody): void => this.#intake.took(body);
    const attempt = { session: this.#session, request: this.#request, blob, content, onPosition, onTaken };
    const { isByPatch, largestBytes } = this.#trials;
    const isPatched = isByPatch || state.redirect?.method === 'PATCH';
    const isWhole = blob.sizeBytes - state.offset <= largestBytes;
    if (isWhole && !isPatched) return sendWhole(attempt, state);
    return sendPortions(attempt, state, largestBytes);
  }

  #report(position: number): void {
    if (position <= this.#reported) return;
    this.#work.options.onBytes?.(position - this.#reported);
    this.#reported = position;
  }

  #countRedirect(): void {
    this.#redirects += 1;
    if (this.#redirects <= MAX_REDIRECTS) return;
    const { reference } = this.#request;
    throw new SyncError('REDIRECT_REFUSED', {
      message: `cannot upload the blob ${reference}: ${this.#session.registry} redirects in circles`,
      hint: 'is the address of the registry right, and its proxy set up?',
      reference,
      registry: this.#session.registry,
    });
  }

  /** True: there is something to do about it, and it has been prepared. */
  async #recovers(error: SyncError, state: UploadState): Promise<boolean> {
    if (error.code === 'UPLOAD_TOO_LARGE') return await this.#beginsAnew(this.#trials.shrink(state.body));
    if (error.code === 'UNAUTHORIZED') return await this.#reauthorizes(state);
    if (error.code === 'RATE_LIMITED') return await this.#isRepeated(error);
    if (await this.#isMovedOn(error, state)) return true;
    if (mayMeanForm(error) || mayMeanSize(error)) {
      this.#trials.tryOtherwise(error, state.body);
      return await this.#beginsAnew(true);
    }
    const pauseMs = this.#pauseAfter(error, state);
    if (pauseMs === undefined) return false;
    await sleep(pauseMs, this.#request.signal);
    await this.#continueFrom(state);
    return true;
  }

  /** True: what was refused may have come to the wrong place. */
  async #isMovedOn(error: SyncError, state: UploadState): Promise<boolean> {
    const isUsual = state.body !== undefined && this.#intake.hasTaken(state.body);
    const meaning = this.#whereabouts.meaning(error, state.offset, isUsual);
    if (meaning === 'ask') await this.#continueFrom(state);
    else if (meaning === 'begin anew') await this.#beginsAnew(true);
    return meaning !== undefined;
  }

  async #beginsAnew(isWorthIt: boolean): Promise<boolean> {
    if (!isWorthIt) return false;
    await this.#giveUp();
    this.#state = undefined;
    return true;
  }

  #pauseAfter(error: SyncError, { body }: UploadState): number | undefined {
    if (!RECOVERABLE.has(error.code)) return undefined;
    this.#failures += 1;
    // Once may be chance. What was cut for its size is cut again until it is small enough.
    if (this.#failures > 1 && this.#trials.suspect(error, body)) this.#failures = 1;
    const { code, httpStatus, retryAfterMs } = error;
    // An upload that the registry has forgotten is begun anew.
    const status = httpStatus === 404 ? 503 : httpStatus;
    const end = status === undefined ? { code } : { status, retryAfterMs };
    return this.#session.endpoint.transport.repeatAfterMs(end, this.#failures);
  }

  /** Nothing of what was refused for coming too fast has been taken, so it goes to where it went. */
  async #isRepeated({ httpStatus, retryAfterMs }: SyncError): Promise<boolean> {
    if (httpStatus === undefined) return false;
    const end = { status: httpStatus, retryAfterMs };
    if (!isBareRefusal(end)) return false;
    this.#refusals += 1;
    const pauseMs = this.#session.endpoint.transport.repeatAfterMs(end, this.#refusals);
    if (pauseMs === undefined) return false;
    await sleep(pauseMs, this.#request.signal);
    return true;
  }

  /** The token ran out on the way; the session has asked for another one. */
  async #reauthorizes(state: UploadState): Promise<boolean> {
    if (!this.#renewals.admit(state.offset)) return false;
    await this.#continueFrom(state);
    return true;
  }

  async #continueFrom({ location }: UploadState): Promise<void> {
    const position = this.#whereabouts.isBelieved
      ? await uploadStatus(this.#session, location, this.#request)
      : undefined;
    const { sizeBytes } = this.#work.blob;
    this.#state = position !== undefined && position.offset < sizeBytes ? { ...position } : undefined;
    if (this.#state !== undefined) this.#whereabouts.resumed();
    // What is refused after all of it came, again and again, may outlive its token.
    if (this.#state === undefined && this.#renewals.areInVain) this.#trials.divide(sizeBytes);
  }
}

/** @see https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#pushing-a-blob-in-chunks */
function minimumPortion({ headers }: Answer): number {
  const bytes = Number(headers['oci-chunk-min-length'] ?? 0);
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : 0;
}
