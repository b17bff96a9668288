import { Readable } from 'node:stream';
import { type Descriptor, SyncError } from '@regfleet/model';
import { pullScope } from '../auth/scope.ts';
import type { RequestOptions } from '../contract.ts';
import { isHtmlType } from '../errors/error-body.ts';
import type { Answer } from '../http/answer.ts';
import { decodedStream, NotDecodable } from '../http/content-coding.ts';
import { Pace } from '../http/pace.ts';
import { transportError } from '../http/transport-error.ts';
import type { Session } from '../session/session.ts';
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
  options: RequestOptions = {},
): Promise<Readable> {
  const download = new Download(session, repository, { blob, options });
  const first = await download.open();
  const chunks = download.content(first);
  return new Readable({
    read() {
      chunks.next().then(
        ({ value }) => this.push(value ?? null),
        (error: Error) => this.destroy(error),
      );
    },
    destroy(error, callback) {
      download.leave();
      callback(error);
    },
  });
}

interface Wanted {
  readonly blob: Descriptor;
  readonly options: RequestOptions;
}

class Download {
  readonly #session: Session;
  readonly #repository: string;
  readonly #blob: Descriptor;
  readonly #signal: AbortSignal | undefined;
  #current: Answer | undefined;
  /** Of the current answer; absent: not found out yet. */
  #reading: Reading | undefined;
  #isLeft = false;
  #offset = 0;
  #fruitless = 0;
  #restarts = 0;
  readonly #pace: Pace;
  readonly #range: ResumeRange;

  constructor(session: Session, repository: string, { blob, options }: Wanted) {
    this.#session = session;
    this.#repository = repository;
    this.#blob = blob;
    this.#signal = options.signal;
    this.#pace = this.#newPace();
    this.#range = new ResumeRange(blob.sizeBytes);
  }

  /** The answer that continues at the offset reached. */
  async open(): Promise<Answer> {
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
    return reading === undefined ? await this.open() : answer;
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
      return this.#webPage(answer);
    if (answer.status === 206 && startOf(answer) !== from)
      return this.#wrong('is not sent from where it was asked for');
    if (total === undefined || total === sizeBytes) return undefined;
    return this.#wrong(`has ${total} bytes instead of ${sizeBytes}`);
  }

  /** Nobody reads any more. */
  leave(): void {
    this.#isLeft = true;
    this.#current?.body.destroy();
  }

  async *content(first: Answer): AsyncGenerator<Buffer, undefined> {
    let answer: Answer | undefined = first;
    while (answer !== undefined) {
      const before = this.#offset;
      const error: unknown = yield* this.#pass(answer);
      answer = error === undefined ? undefined : await this.#resume(error, this.#offset - before);
    }
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
    const answer = await this.open();
    const slow = this.#pace.note(performance.now() - sinceMs, 0);
    if (slow === undefined) return answer;
    answer.body.destroy();
    throw this.#tooSlow(slow);
  }

  #failure(error: unknown): SyncError {
    this.#signal?.throwIfAborted();
    const { registry } = this.#session;
    if (error instanceof NotDecodable)
      return this.#wrong('has neither its size nor the encoding it is sent with');
    return transportError(error, { registry, isBody: true }).located({
      registry,
      reference: this.#reference,
    });
  }

  /**
   * What of the answer comes after the offset: a server that knows no ranges sends all again.
   *
   * @returns why the blob is not complete then.
   */
  async *#pass(answer: Answer): AsyncGenerator<Buffer, unknown> {
    let skip = answer.status === 206 ? 0 : this.#offset;
    if (skip > 0) this.#restarts += 1;
    // What is skipped has to keep to the rate as well, and makes up for nothing that is new.
    const skipPace = this.#newPace();
    const chunks = this.#contentOf(answer);
    try {
      for (;;) {
        const chunk = await this.#next(chunks, skip > 0 ? skipPace : this.#pace);
        if (chunk === undefined) break;
        const rest = skip === 0 ? chunk : chunk.subarray(skip);
        skip = Math.max(0, skip - chunk.byteLength);
        if (rest.byteLength === 0) continue;
        this.#offset += rest.byteLength;
        if (this.#offset > this.#blob.sizeBytes)
          return this.#wrong(`has more than its ${this.#blob.sizeBytes} bytes`);
        yield rest;
      }
      return undefined;
    } catch (error) {
      return error;
    } finally {
      answer.body.destroy();
      chunks.return?.().catch(() => undefined);
    }
  }

  #contentOf({ body, headers }: Answer): AsyncIterator<Buffer> {
    if (this.#reading === 'decoded') return decodedStream(body, headers['content-encoding']);
    return (body as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  }

  /**
   * The next chunk; absent at the end of the blob.
   *
   * @throws {SyncError} `STREAM_TRUNCATED` when nothing more comes before that, `TOO_SLOW` when its coming, or the cut
   * instead of it, took too long for what came.
   */
  async #next(chunks: AsyncIterator<Buffer>, pace: Pace): Promise<Buffer | undefined> {
    const sinceMs = performance.now();
    const judge = (bytes: number): void => {
      const slow = pace.note(performance.now() - sinceMs, bytes);
      if (slow !== undefined) throw this.#tooSlow(slow);
    };
    const { value: chunk, done } = await chunks.next().catch((error: unknown) => {
      // What is whole no longer comes too slowly.
      if (this.#offset < this.#blob.sizeBytes) judge(0);
      throw error;
    });
    if (done && this.#offset >= this.#blob.sizeBytes) return undefined;
    judge(done ? 0 : chunk.byteLength);
    if (done) throw this.#truncated();
    const turn = this.#session.move(chunk.byteLength, this.#signal);
    if (turn !== undefined) await turn;
    return chunk;
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

  #truncated(): SyncError {
    return new SyncError('STREAM_TRUNCATED', {
      message: `the blob ${this.#reference} ended after ${this.#offset} of ${this.#blob.sizeBytes} bytes`,
      hint: 'is a proxy between here and the registry closing long connections?',
      reference: this.#reference,
      registry: this.#session.registry,
    });
  }

  #webPage({ url, status }: Answer): SyncError {
    return new SyncError('RESPONSE_INVALID', {
      message: `cannot get the blob ${this.#reference}: ${url.host} answered with a web page`,
      hint: 'is a login page or proxy in between?',
      reference: this.#reference,
      registry: this.#session.registry,
      httpStatus: status,
    });
  }

  #wrong(how: string): SyncError {
    return new SyncError('DIGEST_MISMATCH', {
      message: `the blob ${this.#reference} ${how}`,
      hint: 'the registry does not hold what the manifest names; push the image there again',
      reference: this.#reference,
      registry: this.#session.registry,
    });
  }
}

const RESUMABLE: ReadonlySet<string> = new Set([
  'NETWORK_FAILED',
  'STREAM_TRUNCATED',
  'TIMED_OUT',
  'SERVER_FAILED',
]);
