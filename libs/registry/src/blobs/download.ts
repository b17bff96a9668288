import type { Descriptor, SyncError } from '@regfleet/model';
import { pullScope } from '../auth/scope.ts';
import type { BlobOptions, BlobReader } from '../contract.ts';
import { isHtmlType } from '../errors/error-body.ts';
import type { Answer } from '../http/answer.ts';
import { decodedStream, NotDecodable } from '../http/content-coding.ts';
import { Pace } from '../http/pace.ts';
import { transportError } from '../http/transport-error.ts';
import type { Session } from '../session/session.ts';
import { BlobFlaws } from './blob-flaws.ts';
import { startOf, totalSize } from './content-range.ts';
import { type Reading, shownReading, tryReading } from './reading.ts';
import { blobReference } from './request.ts';
import { ResumeRange } from './resume-range.ts';
import { tooSlow } from './too-slow.ts';

// Cuts in a row with next to nothing in between; as long as more comes, a download may be resumed any number of times.
const MAX_FRUITLESS_RESUMES = 3;

// A request costs both sides more than these bytes.
const FRUITFUL_BYTES = 64 * 1024;

// A server that knows no ranges sends all again each time, which no gain makes up for.
const MAX_RESTARTS = 3;

/** A blob's content, which is asked for again from where it stopped when the connection is cut. */
export async function downloadBlob(
  session: Session,
  repository: string,
  blob: Descriptor,
  options: BlobOptions = {},
): Promise<BlobReader> {
  const download = new Download(session, repository, { blob, options });
  await download.begin();
  return download;
}

interface Wanted {
  readonly blob: Descriptor;
  readonly options: BlobOptions;
}

/** What an answer holds, as it is to be read. */
interface Pieces {
  next(): Promise<Buffer | undefined>;
  end(): void;
}

class Download implements BlobReader {
  readonly #session: Session;
  readonly #repository: string;
  readonly #blob: Descriptor;
  readonly #signal: AbortSignal | undefined;
  /** Absent: all of it has come. */
  #current: Answer | undefined;
  #pieces: Pieces | undefined;
  /** What of the current answer is known already: a server that knows no ranges sends all again. */
  #skipBytes = 0;
  /** The offset at which the current answer began. */
  #sinceOffset = 0;
  /** Of the current answer; absent: not found out yet. */
  #reading: Reading | undefined;
  #isLeft = false;
  #offset = 0;
  #fruitless = 0;
  #restarts = 0;
  readonly #pace: Pace;
  #skipPace: Pace;
  readonly #range: ResumeRange;
  readonly #flaws: BlobFlaws;

  constructor(session: Session, repository: string, { blob, options }: Wanted) {
    this.#session = session;
    this.#repository = repository;
    this.#blob = blob;
    this.#signal = options.signal;
    this.#offset = options.fromBytes ?? 0;
    this.#pace = this.#newPace();
    this.#skipPace = this.#pace;
    this.#range = new ResumeRange(blob.sizeBytes);
    this.#flaws = new BlobFlaws({ registry: session.registry, reference: this.#reference });
  }

  async begin(): Promise<void> {
    this.#continue(await this.#open());
  }

  async read(): Promise<Buffer | undefined> {
    for (;;) {
      if (this.#pieces === undefined) return undefined;
      try {
        const piece = await this.#piece(this.#pieces);
        if (piece !== undefined) return piece;
        this.#end();
      } catch (error) {
        this.#end();
        const answer = await this.#resume(error, this.#offset - this.#sinceOffset);
        if (answer !== undefined) this.#continue(answer);
      }
    }
  }

  /** Nobody reads any more. */
  close(): void {
    this.#isLeft = true;
    this.#current?.body.destroy();
  }

  /** The answer that continues at the offset reached. */
  async #open(): Promise<Answer> {
    // Where in an encoded answer it stopped, nobody knows.
    const from = this.#reading === 'decoded' ? 0 : this.#offset;
    const answer = await this.#ask(from);
    this.#current = answer;
    if (this.#isLeft) answer.body.destroy();
    const flaw = this.#flawOf(answer, from);
    if (flaw !== undefined) {
      answer.body.destroy();
      throw flaw;
    }
    const reading = shownReading(answer, this.#blob) ?? this.#reading;
    this.#reading = reading ?? (await this.#findReading(answer));
    return reading === undefined ? await this.#open() : answer;
  }

  async #findReading(answer: Answer): Promise<Reading> {
    const pace = this.#newPace();
    const note = (waitedMs: number, bytes: number): void => {
      const slow = pace.note(waitedMs, bytes);
      if (slow !== undefined) throw this.#tooSlow(slow);
    };
    return await tryReading(answer, this.#blob, note).catch((error: unknown) => {
      throw this.#failure(error);
    });
  }

  async #ask(from: number): Promise<Answer> {
    const headers = this.#range.headers(from);
    const request = {
      method: 'GET' as const,
      path: `/v2/${this.#repository}/blobs/${this.#blob.digest}`,
      scopes: [pullScope(this.#repository)],
      subject: 'blob' as const,
      action: 'get the blob',
      reference: this.#reference,
      headers,
      expects: from === 0 ? [200] : [200, 206],
      isTransfer: true,
      isVerified: true,
      signal: this.#signal,
    };
    try {
      return await this.#session.open(request);
    } catch (error) {
      if (this.#isLeft || !this.#range.isRefusedBy(error, from)) throw error;
      return await this.#ask(from);
    }
  }

  /** What the head of an answer shows to be wrong with its body. */
  #flawOf(answer: Answer, from: number): SyncError | undefined {
    const { sizeBytes, mediaType } = this.#blob;
    const total = totalSize(answer);
    if (total !== sizeBytes && isHtmlType(answer.headers['content-type'] ?? '') && !isHtmlType(mediaType))
      return this.#flaws.webPage(answer);
    if (answer.status === 206 && startOf(answer) !== from)
      return this.#flaws.wrong('is not sent from where it was asked for');
    if (total === undefined || total === sizeBytes) return undefined;
    return this.#flaws.wrong(`has ${total} bytes instead of ${sizeBytes}`);
  }

  #continue(answer: Answer): void {
    this.#current = answer;
    this.#sinceOffset = this.#offset;
    this.#skipBytes = answer.status === 206 ? 0 : this.#offset;
    if (this.#skipBytes > 0) this.#restarts += 1;
    // What is skipped has to keep to the rate as well, and makes up for nothing that is new.
    this.#skipPace = this.#newPace();
    this.#pieces = this.#piecesOf(answer);
  }

  #end(): void {
    this.#current?.body.destroy();
    this.#pieces?.end();
    this.#pieces = undefined;
  }

  async #resume(error: unknown, gainedBytes: number): Promise<Answer | undefined> {
    if (this.#isLeft) return undefined;
    this.#fruitless = gainedBytes >= FRUITFUL_BYTES ? 0 : this.#fruitless + 1;
    const failure = this.#failure(error);
    const isResumable = RESUMABLE.has(failure.code);
    // A connection that breaks after the last byte has brought all there is.
    if (isResumable && this.#offset >= this.#blob.sizeBytes) return undefined;
    const isHopeless = this.#fruitless >= MAX_FRUITLESS_RESUMES || this.#restarts >= MAX_RESTARTS;
    if (isHopeless || !isResumable) throw failure;
    const sinceMs = performance.now();
    const answer = await this.#open();
    const slow = this.#pace.note(performance.now() - sinceMs, 0);
    if (slow === undefined) return answer;
    answer.body.destroy();
    throw this.#tooSlow(slow);
  }

  #failure(error: unknown): SyncError {
    this.#signal?.throwIfAborted();
    const { registry } = this.#session;
    if (error instanceof NotDecodable)
      return this.#flaws.wrong('has neither its size nor the encoding it is sent with');
    return transportError(error, { registry, isBody: true }).located({
      registry,
      reference: this.#reference,
    });
  }

  /** What of the current answer is new; absent at the end of the blob. @throws why the blob is not complete then. */
  async #piece(pieces: Pieces): Promise<Buffer | undefined> {
    for (;;) {
      const isSkipped = this.#skipBytes > 0;
      const chunk = await this.#next(pieces, isSkipped ? this.#skipPace : this.#pace);
      if (chunk === undefined) return undefined;
      const rest = isSkipped ? chunk.subarray(this.#skipBytes) : chunk;
      this.#skipBytes = Math.max(0, this.#skipBytes - chunk.byteLength);
      if (rest.byteLength === 0) continue;
      this.#offset += rest.byteLength;
      if (this.#offset > this.#blob.sizeBytes)
        throw this.#flaws.wrong(`has more than its ${this.#blob.sizeBytes} bytes`);
      return rest;
    }
  }

  #piecesOf({ body, headers }: Answer): Pieces {
    if (this.#reading !== 'decoded') return { next: () => body.read(), end: () => undefined };
    const decoded = decodedStream(body, headers['content-encoding']);
    return {
      next: async () => (await decoded.next()).value ?? undefined,
      end: () => void decoded.return(undefined).catch(() => undefined),
    };
  }

  /**
   * The next chunk; absent at the end of the blob.
   *
   * @throws {SyncError} `STREAM_TRUNCATED` when nothing more comes before that, `TOO_SLOW` when its coming, or the cut
   * instead of it, took too long for what came.
   */
  async #next(pieces: Pieces, pace: Pace): Promise<Buffer | undefined> {
    const sinceMs = performance.now();
    const chunk = await this.#arrival(pieces, pace, sinceMs);
    if (chunk === undefined && this.#offset >= this.#blob.sizeBytes) return undefined;
    this.#judge(pace, sinceMs, chunk?.byteLength ?? 0);
    if (chunk === undefined) throw this.#flaws.truncated(this.#offset, this.#blob.sizeBytes);
    const turn = this.#session.move(chunk.byteLength, this.#signal);
    if (turn !== undefined) await turn;
    return chunk;
  }

  async #arrival(pieces: Pieces, pace: Pace, sinceMs: number): Promise<Buffer | undefined> {
    try {
      return await pieces.next();
    } catch (error) {
      // What is whole no longer comes too slowly.
      if (this.#offset < this.#blob.sizeBytes) this.#judge(pace, sinceMs, 0);
      throw error;
    }
  }

  #judge(pace: Pace, sinceMs: number, bytes: number): void {
    const slow = pace.note(performance.now() - sinceMs, bytes);
    if (slow !== undefined) throw this.#tooSlow(slow);
  }

  #newPace(): Pace {
    return new Pace(this.#session.endpoint.transport.settings.limits.pace);
  }

  get #reference(): string {
    return blobReference(this.#session, this.#repository, this.#blob.digest);
  }

  #tooSlow(seen: { readonly bytes: number; readonly seconds: number }): SyncError {
    return tooSlow('comes', { reference: this.#reference, registry: this.#session.registry }, seen);
  }
}

const RESUMABLE: ReadonlySet<string> = new Set([
  'NETWORK_FAILED',
  'STREAM_TRUNCATED',
  'TIMED_OUT',
  'SERVER_FAILED',
]);
