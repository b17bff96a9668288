import { errors } from 'undici';
import { type AnswerHead, noHttp, parseHead } from './answer-head.ts';

/** Told of an answer while it is read. */
export interface AnswerSink {
  /** Also of those that announce another one (1xx). */
  onHead(head: AnswerHead): void;
  /** Valid until it returns, or as long as the memory that was given to `take` is. */
  onBody(piece: Buffer): void;
  onEnd(): void;
  /** True: no more is to be told yet. */
  readonly isPaused: boolean;
}

// As Node's own parser allows, for all lines together.
const MAX_HEAD_BYTES = 16 * 1024;
const MAX_SIZE_LINE_BYTES = 1024;

const HEAD_END = Buffer.from('\r\n\r\n');
const LINE_END = Buffer.from('\r\n');
const [CR, LF] = [0x0d, 0x0a];
const NOTHING = Buffer.alloc(0);
// Of extensions as the grammar has them, though nobody wants what they say: RFC 9112, 7.1.1
const SIZE_LINE =
  /^([0-9A-Fa-f]{1,12})(?:;[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?:=(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+|"[\t\x20!#-[\]-~\x80-\xff]*"))?)*$/;
const TRAILER = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*$/;

type Place = 'head' | 'body' | 'until-close' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailer' | 'between';

/** Reads answers of HTTP/1.1 from the bytes of a connection, one after the other. */
export class AnswerReader {
  readonly #sink: AnswerSink;
  #place: Place = 'between';
  #isToHead = false;
  #isUntouched = false;
  /** Of the body, or of the chunk. */
  #leftBytes = 0;
  /** The beginning of a head or line whose end has not come. */
  #begun: Buffer = NOTHING;
  #trailerBytes = 0;

  constructor(sink: AnswerSink) {
    this.#sink = sink;
  }

  /** True: none is due. */
  get isBetween(): boolean {
    return this.#place === 'between';
  }

  /** True: nothing of the one that is due has come, no announcement either. */
  get isUntouched(): boolean {
    return this.#isUntouched;
  }

  /** An answer is due from here on. */
  expect(isToHead: boolean): void {
    this.#place = 'head';
    this.#isToHead = isToHead;
    this.#isUntouched = true;
  }

  /**
   * @returns how many bytes it took: fewer than there are where the sink pauses, or an answer has ended.
   * @throws `HTTPParserError`, `HeadersOverflowError`.
   */
  take(bytes: Buffer): number {
    let at = 0;
    if (bytes.byteLength > 0) this.#isUntouched = false;
    // The last piece was lent, and is given back.
    if (this.#isComplete && !this.#sink.isPaused) this.#end();
    while (at < bytes.byteLength && this.#place !== 'between' && !this.#sink.isPaused)
      at += this.#step(at === 0 ? bytes : bytes.subarray(at));
    return at;
  }

  /** The connection has ended. @returns true: and with it, rightly, an answer. */
  close(): boolean {
    if (this.#place !== 'until-close') return false;
    this.#end();
    return true;
  }

  #step(bytes: Buffer): number {
    switch (this.#place) {
      case 'head':
        return this.#head(bytes);
      case 'body':
      case 'chunk':
        return this.#body(bytes);
      case 'until-close':
        this.#sink.onBody(bytes);
        return bytes.byteLength;
      default:
        return this.#line(bytes);
    }
  }

  #head(bytes: Buffer): number {
    const { text, taken } = this.#until(HEAD_END, bytes, MAX_HEAD_BYTES);
    if (text === undefined) {
      if (!isBegun(this.#begun, this.#begun.byteLength - bytes.byteLength))
        throw noHttp('it does not begin as an answer', 'INVALID_CONSTANT');
      return taken;
    }
    const head = parseHead(text, this.#isToHead);
    this.#sink.onHead(head);
    if (head.status < 200) return taken;
    if (head.framing === 'chunked') this.#place = 'chunk-size';
    else if (head.framing === 'close') this.#place = 'until-close';
    else {
      this.#place = 'body';
      this.#leftBytes = head.framing;
      if (this.#isComplete) this.#end();
    }
    return taken;
  }

  #body(bytes: Buffer): number {
    const piece = bytes.byteLength > this.#leftBytes ? bytes.subarray(0, this.#leftBytes) : bytes;
    this.#leftBytes -= piece.byteLength;
    if (this.#leftBytes === 0 && this.#place === 'chunk') this.#place = 'chunk-end';
    this.#sink.onBody(piece);
    if (this.#isComplete && !this.#sink.isPaused) this.#end();
    return piece.byteLength;
  }

  get #isComplete(): boolean {
    return this.#place === 'body' && this.#leftBytes === 0;
  }

  #line(bytes: Buffer): number {
    const { text, taken } = this.#until(LINE_END, bytes, MAX_SIZE_LINE_BYTES);
    if (text === undefined) return taken;
    if (this.#place === 'chunk-size') this.#chunk(text);
    else if (this.#place === 'trailer') this.#trailer(text);
    else if (text === '') this.#place = 'chunk-size';
    else throw noHttp('a chunk is longer than it says', 'STRICT');
    return taken;
  }

  #chunk(line: string): void {
    const size = SIZE_LINE.exec(line)?.[1];
    if (size === undefined) throw noHttp('the size of a chunk is none', 'INVALID_CHUNK_SIZE');
    this.#leftBytes = Number.parseInt(size, 16);
    this.#trailerBytes = 0;
    this.#place = this.#leftBytes === 0 ? 'trailer' : 'chunk';
  }

  /** Nobody asked for what they say. */
  #trailer(line: string): void {
    if (line === '') {
      this.#end();
      return;
    }
    this.#trailerBytes += line.length;
    if (this.#trailerBytes > MAX_HEAD_BYTES) throw new errors.HeadersOverflowError();
    if (!TRAILER.test(line)) throw noHttp('a line after its body is no field', 'INVALID_HEADER_TOKEN');
  }

  /** What comes before `mark`, without it; absent: it has not come yet. */
  #until(mark: Buffer, bytes: Buffer, limitBytes: number): { text: string | undefined; taken: number } {
    const before = this.#begun.byteLength;
    const all = before === 0 ? bytes : Buffer.concat([this.#begun, bytes]);
    const end = all.indexOf(mark, Math.max(0, before - mark.byteLength + 1));
    if ((end === -1 ? all.byteLength : end) > limitBytes) throw new errors.HeadersOverflowError();
    if (end === -1) {
      this.#begun = before === 0 ? Buffer.from(bytes) : all;
      return { text: undefined, taken: bytes.byteLength };
    }
    this.#begun = NOTHING;
    return { text: all.toString('latin1', 0, end), taken: end + mark.byteLength - before };
  }

  #end(): void {
    this.#place = 'between';
    this.#sink.onEnd();
  }
}

/** False: it will never be one, so that nobody waits for its end. @param from - where what is new of it begins. */
function isBegun(bytes: Buffer, from: number): boolean {
  for (let feed = bytes.indexOf(LF, from); feed !== -1; feed = bytes.indexOf(LF, feed + 1))
    if (bytes[feed - 1] !== CR) return false;
  return 'HTTP/'.startsWith(bytes.toString('latin1', 0, 5));
}
