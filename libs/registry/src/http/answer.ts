import type { IncomingHttpHeaders } from 'node:http';
import { isSyncError, SyncError } from '@regfleet/model';
import { type BodySource, EMPTY_BODY } from './body-source.ts';
import { codingsOf, decodedBody } from './content-coding.ts';
import type { HttpHeaders } from './contract.ts';
import { kept } from './lent-buffer.ts';
import { transportError } from './transport-error.ts';

// What is worth reading to keep a connection; above it a new one is cheaper.
const DISCARD_LIMIT_BYTES = 128 * 1024;
const DISCARD_LIMIT_MS = 5_000;

// The most that what errors say is larger than its encoded form; what is more is no text.
const MAX_EXCERPT_RATIO = 16;

/** How bodies are read on once they turn out to be large. */
export interface LargeBodies {
  /** More than these have come, or are announced. */
  readonly fromBytes: number;
  /** Calls `rest` when it is this one's turn. */
  readonly pass: (rest: () => Promise<Buffer>) => Promise<Buffer>;
}

interface Collected {
  readonly chunks: Buffer[];
  size: number;
}

export interface AnswerParts {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: IncomingHttpHeaders | Readonly<Record<string, string | string[] | undefined>>;
  /** After redirects. */
  readonly url: URL;
  /** Absent: there is none. */
  readonly body: BodySource | undefined;
  readonly registry: string;
  /** Host and port of a proxy that may have answered itself; absent: there is none. */
  readonly proxy?: string | undefined;
  /** For the whole body, where it is read at once. */
  readonly limitMs: number;
}

/** The head of an answer, with a body that has to be read, discarded or destroyed, or its connection is lost. */
export class Answer {
  readonly status: number;
  readonly headers: HttpHeaders;
  /** Where it came from, after redirects. */
  readonly url: URL;
  /** As in `AnswerParts`. */
  readonly proxy: string | undefined;
  readonly #parts: AnswerParts;
  #excerpt: Promise<string> | undefined;

  constructor(parts: AnswerParts) {
    this.status = parts.status;
    this.headers = joined(parts.headers);
    this.url = parts.url;
    this.proxy = parts.proxy;
    this.#parts = parts;
  }

  /** Empty where there is none. */
  get body(): BodySource {
    return this.#parts.body ?? EMPTY_BODY;
  }

  /** False: nothing holds its connection. */
  get hasBody(): boolean {
    return this.#parts.body !== undefined;
  }

  /** Frees the connection. */
  async discard(): Promise<void> {
    const { body } = this.#parts;
    if (body === undefined) return;
    await this.#within(DISCARD_LIMIT_MS, () => body.dump(DISCARD_LIMIT_BYTES)).catch(() => undefined);
  }

  /**
   * The whole body, decoded where it came encoded.
   *
   * @param large - what is done with large ones; absent: they are read like others.
   * @param isMeant - true for the bytes that were wanted, which are not decoded then; absent: one cannot see that.
   * @throws {SyncError} `RESPONSE_INVALID` when it is larger than `limitBytes`, `STREAM_TRUNCATED` when it ends early,
   * `TOO_SLOW` when reading it takes too long.
   */
  async bytes(
    limitBytes: number,
    large?: LargeBodies,
    isMeant: (bytes: Buffer) => boolean = () => false,
  ): Promise<Buffer> {
    const announced = Number(this.headers['content-length'] ?? 0);
    if (announced > limitBytes) throw this.#tooLarge(limitBytes);
    const collected: Collected = { chunks: [], size: 0 };
    let leftMs = this.#parts.limitMs;
    const readBeyond = async (bytes: number): Promise<boolean> => {
      const sinceMs = performance.now();
      const isLarger = await this.#within(leftMs, () => this.#collect(collected, { bytes, limitBytes }));
      leftMs -= performance.now() - sinceMs;
      return isLarger;
    };
    const readAll = async (): Promise<Buffer> => {
      await readBeyond(limitBytes);
      const bytes = Buffer.concat(collected.chunks, collected.size);
      return this.#isEncoded && !isMeant(bytes) ? await this.#decoded(bytes, limitBytes) : bytes;
    };
    if (large === undefined) return await readAll();
    const isLarge = this.#isEncoded || announced > large.fromBytes || (await readBeyond(large.fromBytes));
    if (!isLarge) return await readAll();
    return await large.pass(readAll).catch((error: unknown) => {
      this.body.destroy();
      throw error;
    });
  }

  get #isEncoded(): boolean {
    return codingsOf(this.headers['content-encoding']).length > 0;
  }

  async #decoded(bytes: Buffer, limitBytes: number): Promise<Buffer> {
    const decoded = await decodedBody(bytes, this.headers['content-encoding'], { limitBytes });
    if (decoded === undefined) throw this.#tooLarge(limitBytes);
    return decoded;
  }

  /** True: there are more than so many bytes. */
  async #collect(
    collected: Collected,
    { bytes, limitBytes }: { readonly bytes: number; readonly limitBytes: number },
  ): Promise<boolean> {
    const { registry } = this.#parts;
    try {
      while (collected.size <= bytes) {
        const chunk = await this.body.read();
        if (chunk === undefined) return false;
        collected.size += chunk.byteLength;
        if (collected.size > limitBytes) throw this.#tooLarge(limitBytes);
        collected.chunks.push(kept(chunk));
      }
      return true;
    } catch (error) {
      throw transportError(error, { registry, isBody: true });
    }
  }

  /** The beginning of the body, for messages; the rest is thrown away, and a cut is not an error. Read once for all calls. */
  excerpt(limitBytes: number): Promise<string> {
    this.#excerpt ??= this.#within(this.#parts.limitMs, () => this.#readExcerpt(limitBytes));
    return this.#excerpt;
  }

  async #readExcerpt(limitBytes: number): Promise<string> {
    const chunks: Buffer[] = [];
    let size = 0;
    try {
      for (let chunk = await this.body.read(); chunk !== undefined; chunk = await this.body.read()) {
        chunks.push(kept(chunk));
        size += chunk.byteLength;
        if (size >= limitBytes) break;
      }
      this.body.destroy();
    } catch {
      // What has come is enough.
    }
    const bytes = Buffer.concat(chunks).subarray(0, limitBytes);
    const bounds = { limitBytes: MAX_EXCERPT_RATIO * limitBytes, isPartial: true };
    const decoded = await decodedBody(bytes, this.headers['content-encoding'], bounds);
    return (decoded ?? bytes).subarray(0, limitBytes).toString('utf8');
  }

  /** Ends the body when `work` takes longer. */
  async #within<Result>(limitMs: number, work: () => Promise<Result>): Promise<Result> {
    const timer = setTimeout(() => this.body.destroy(this.#tooSlow(limitMs)), limitMs);
    try {
      return await work();
    } finally {
      clearTimeout(timer);
    }
  }

  #tooSlow(limitMs: number): SyncError {
    const { registry } = this.#parts;
    return new SyncError('TOO_SLOW', {
      message: `reading from ${registry}: its answer has not ended within ${limitMs / 1000} s`,
      hint: 'is the registry overloaded, or the way to it?',
      registry,
      httpStatus: this.status,
    });
  }

  #tooLarge(limitBytes: number): SyncError {
    this.body.destroy();
    return new SyncError('RESPONSE_INVALID', {
      message: `${this.#parts.registry} sends more than ${limitBytes} bytes where less is expected`,
      hint: 'is it a registry that answers?',
      registry: this.#parts.registry,
      httpStatus: this.status,
    });
  }
}

/** As they are where none was sent twice, as nearly always. */
function joined(headers: AnswerParts['headers']): HttpHeaders {
  for (const name in headers) if (Array.isArray(headers[name])) return joinedAnew(headers);
  return headers as HttpHeaders;
}

function joinedAnew(headers: AnswerParts['headers']): HttpHeaders {
  const flat: Record<string, string | undefined> = {};
  for (const name in headers) {
    const value = headers[name];
    flat[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}

/** True for what reading a body failed with because there was more of it than was wanted. */
export const isTooLarge = (error: unknown): boolean =>
  isSyncError(error) && error.code === 'RESPONSE_INVALID' && error.message.includes('sends more than');
