import type { Readable } from 'node:stream';
import { type Descriptor, isSyncError, type SyncError, sleep } from '@regfleet/model';
import type { RequestOptions } from '../contract.ts';
import { mayBeThere } from '../errors/refused-write.ts';
import type { Answer } from '../http/answer.ts';
import { isBareRefusal } from '../http/repetition.ts';
import type { Session } from '../session/session.ts';
import { BodyLimit, smallerThan } from './body-limit.ts';
import { headBlob } from './presence.ts';
import { uploadRequest } from './request.ts';
import { sendPortions, sendWhole, type UploadState } from './upload-attempt.ts';
import { uploadStatus } from './upload-status.ts';
import { uploadUrl } from './upload-url.ts';
import { VerifiedContent } from './verified-content.ts';

export type UploadOptions = RequestOptions & {
  readonly location?: string;
  readonly onBytes?: (bytes: number) => void;
};

/** The uploads of one account to one registry. */
export class Uploads {
  readonly #session: Session;
  readonly #limit = new BodyLimit();

  constructor(session: Session) {
    this.#session = session;
  }

  async upload(
    repository: string,
    blob: Descriptor,
    content: () => Promise<Readable>,
    options: UploadOptions = {},
  ): Promise<void> {
    await new Upload(this.#session, this.#limit, { repository, blob, content, options }).run();
  }
}

interface UploadWork {
  readonly repository: string;
  readonly blob: Descriptor;
  readonly content: () => Promise<Readable>;
  readonly options: UploadOptions;
}

const RECOVERABLE: ReadonlySet<string> = new Set([
  'NETWORK_FAILED',
  'SERVER_FAILED',
  'STREAM_TRUNCATED',
  'TIMED_OUT',
]);

/** One blob on its way up: whole, or in portions where the registry takes no more at once; continued after a cut. */
class Upload {
  readonly #session: Session;
  readonly #limit: BodyLimit;
  readonly #work: UploadWork;
  readonly #request: ReturnType<typeof uploadRequest>;
  #state: UploadState | undefined;
  #minimumBytes = 0;
  #reported = 0;
  #failures = 0;
  #refusals = 0;
  #isReauthorized = false;
  /** Set when whole bodies get nowhere without a reason: some gateways cut instead of answering 413. */
  #portionBytes = Number.POSITIVE_INFINITY;

  constructor(session: Session, limit: BodyLimit, work: UploadWork) {
    this.#session = session;
    this.#limit = limit;
    this.#work = work;
    const { repository, blob, options } = work;
    this.#request = uploadRequest(session, { repository, digest: blob.digest }, options);
    if (options.location !== undefined) this.#state = { location: options.location, offset: 0 };
  }

  async run(): Promise<void> {
    try {
      await this.#transfer();
    } catch (error) {
      this.#request.signal?.throwIfAborted();
      if (!(await this.#isThereAlready(error))) throw error;
    }
  }

  /** Another may have brought it meanwhile; what the source says of its own blob is told with another reference. */
  async #isThereAlready(error: unknown): Promise<boolean> {
    const { repository, blob, options } = this.#work;
    const { reference, signal } = this.#request;
    if (!mayBeThere(error) || error.reference !== reference) return false;
    const found = await headBlob(this.#session, repository, blob.digest, options).catch(() => undefined);
    signal?.throwIfAborted();
    return found === true;
  }

  async #transfer(): Promise<void> {
    const { blob, content } = this.#work;
    for (;;) {
      const state = this.#state ?? (await this.#begin());
      this.#state = state;
      const verified = new VerifiedContent(await content(), { blob, reference: this.#request.reference });
      try {
        await verified.skip(state.offset);
        await this.#send(verified, state);
        return;
      } catch (error) {
        this.#request.signal?.throwIfAborted();
        if (verified.failure !== undefined) throw verified.failure;
        if (!isSyncError(error) || !(await this.#recovers(error, state))) throw error;
      } finally {
        verified.destroy();
      }
    }
  }

  async #begin(): Promise<UploadState> {
    const answer = await this.#session.head({
      ...this.#request,
      method: 'POST',
      headers: { 'content-length': '0' },
      isRepeatable: true,
      expects: [202],
    });
    this.#minimumBytes = minimumPortion(answer);
    return { location: uploadUrl(this.#session, answer, this.#request.reference), offset: 0 };
  }

  #send(content: VerifiedContent, state: UploadState): Promise<void> {
    const { blob } = this.#work;
    const onPosition = (position: number): void => this.#report(position);
    const attempt = { session: this.#session, request: this.#request, blob, content, onPosition };
    const portionBytes = Math.max(Math.min(this.#limit.bytes, this.#portionBytes), this.#minimumBytes);
    if (blob.sizeBytes - state.offset <= portionBytes) return sendWhole(attempt, state);
    return sendPortions(attempt, state, portionBytes);
  }

  #report(position: number): void {
    if (position <= this.#reported) return;
    this.#work.options.onBytes?.(position - this.#reported);
    this.#reported = position;
  }

  /** True: there is something to do about it, and it has been prepared. */
  async #recovers(error: SyncError, state: UploadState): Promise<boolean> {
    if (error.code === 'UPLOAD_TOO_LARGE') return this.#shrinks(state);
    if (error.code === 'UNAUTHORIZED') return await this.#reauthorizes(state);
    if (error.code === 'RATE_LIMITED') return await this.#isRepeated(error);
    const pauseMs = this.#pauseAfter(error);
    if (pauseMs === undefined) return false;
    await sleep(pauseMs, this.#request.signal);
    await this.#continueFrom(state);
    return true;
  }

  #pauseAfter(error: SyncError): number | undefined {
    if (!RECOVERABLE.has(error.code)) return undefined;
    this.#failures += 1;
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

  #shrinks({ offset }: UploadState): boolean {
    this.#state = undefined;
    const refusedBytes = Math.min(this.#work.blob.sizeBytes - offset, this.#limit.bytes);
    return this.#limit.lower(refusedBytes, this.#minimumBytes);
  }

  /** The token ran out on the way; the session has asked for another one. */
  async #reauthorizes(state: UploadState): Promise<boolean> {
    if (this.#isReauthorized) return false;
    this.#isReauthorized = true;
    await this.#continueFrom(state);
    return true;
  }

  async #continueFrom({ location }: UploadState): Promise<void> {
    const position = await uploadStatus(this.#session, location, this.#request);
    const { sizeBytes } = this.#work.blob;
    this.#state = position !== undefined && position.offset < sizeBytes ? { ...position } : undefined;
    if (this.#state === undefined && this.#failures > 1) {
      this.#portionBytes = smallerThan(sizeBytes) ?? Number.POSITIVE_INFINITY;
    }
  }
}

/** @see https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#pushing-a-blob-in-chunks */
function minimumPortion({ headers }: Answer): number {
  const bytes = Number(headers['oci-chunk-min-length'] ?? 0);
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : 0;
}
