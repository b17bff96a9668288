import type { Socket } from 'node:net';
import { errors } from 'undici';
import type { AnswerHead } from '../answers/answer-head.ts';
import { AnswerReader, type AnswerSink } from '../answers/answer-reader.ts';
import type { AnswerController } from '../carrier.ts';
import { Deadline } from '../deadline.ts';
import { SocketReads, unshared } from '../socket-reads.ts';
import { BodySender } from './body-sender.ts';
import type { Call } from './call.ts';

export interface ConnectionParts {
  readonly host: string;
  /** Pieces of bodies are views of a buffer that is read into again (`lent-buffer.ts`). */
  readonly isLending: boolean;
  /** Between two pieces of an answer, in milliseconds. */
  readonly silenceMs: number;
  /** It may carry another request. */
  readonly onFree: (connection: Connection) => void;
  /** @param unanswered - is to be sent by another one: this one had ended, unused, before it could be seen. */
  readonly onGone: (connection: Connection, unanswered: Call | undefined) => void;
}

const NOTHING = Buffer.alloc(0);

/** One connection, which carries one request at a time. */
export class Connection implements AnswerController, AnswerSink {
  /** When it was opened, or its last answer ended; `performance.now()`. */
  freeSinceMs = performance.now();
  /** How long the server keeps it unused, in milliseconds; absent: it does not say. */
  keptMs: number | undefined;
  readonly #socket: Socket;
  readonly #parts: ConnectionParts;
  readonly #reader = new AnswerReader(this);
  readonly #reads: SocketReads;
  readonly #deadline = new Deadline();
  #call: Call | undefined;
  #sender: BodySender | undefined;
  /** So many were had from it. */
  #answers = 0;
  #isHeadHere = false;
  #isKept = true;
  #isHeld = false;
  #isGone = false;
  #unread: Buffer = NOTHING;

  constructor(socket: Socket, parts: ConnectionParts) {
    this.#socket = socket;
    this.#parts = parts;
    this.#reads = new SocketReads(socket, parts.isLending, (bytes) => this.#receive(bytes));
    socket
      .on('error', (error) => this.#ended(error))
      .on('end', () => this.#ended(undefined))
      .on('close', () => this.#ended(undefined));
  }

  get isPaused(): boolean {
    return this.#isHeld || this.#isGone;
  }

  send(call: Call): void {
    const { request, head, bytes, stream } = call;
    const socket = this.#socket.ref();
    call.carrier = this;
    this.#call = call;
    this.#isKept = true;
    this.#isHeadHere = false;
    this.#reader.expect(request.method === 'HEAD');
    const onSent = (): void => {
      if (!this.#isHeadHere) this.#await(request.headersTimeout, errors.HeadersTimeoutError);
    };
    if (stream !== undefined) {
      const onFailure = (error: Error): void => this.abort(error);
      const bodyBytes = Number(request.headers['content-length']);
      this.#sender = new BodySender(socket, stream, { head, bytes: bodyBytes, onSent, onFailure });
      return;
    }
    if (bytes === undefined) socket.write(head, 'latin1');
    else socket.write(Buffer.concat([Buffer.from(head, 'latin1'), bytes]));
    onSent();
  }

  pause(): void {
    if (this.isPaused) return;
    this.#isHeld = true;
    this.#deadline.clear();
    this.#socket.pause();
  }

  resume(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#await(this.#parts.silenceMs, errors.BodyTimeoutError);
    const unread = this.#unread;
    this.#unread = NOTHING;
    this.#receive(unread);
    if (!this.isPaused) this.#socket.resume();
  }

  /** Ends what it carries, and itself. */
  abort(reason: Error): void {
    const call = this.#leave();
    this.#parts.onGone(this, undefined);
    call?.handler.onResponseError(call, reason);
  }

  onHead({ status, headers, framing, isKept, keptMs }: AnswerHead): void {
    const call = this.#call;
    if (call === undefined) return;
    if (status >= 200) {
      this.#isHeadHere = true;
      this.#isKept = isKept;
      this.keptMs = keptMs;
      // What a registry refuses it may not even read.
      if (status >= 300) this.#stopSending();
      this.#reads.expect(framing);
      if (framing !== 0) this.#await(this.#parts.silenceMs, errors.BodyTimeoutError);
    } else this.#deadline.putOff();
    call.handler.onResponseStart(call, status, headers);
  }

  onBody(piece: Buffer): void {
    this.#deadline.putOff();
    const call = this.#call;
    call?.handler.onResponseData(call, unshared(piece));
  }

  onEnd(): void {
    this.#stopSending();
    this.#reads.expect(0);
    this.#answers += 1;
    this.freeSinceMs = performance.now();
    this.#finished()?.handler.onResponseEnd();
  }

  /** What is not sent by now is not sent at all, and the connection not used again. */
  #stopSending(): void {
    if (this.#sender?.isSending) this.#isKept = false;
    this.#sender?.stop();
    this.#sender = undefined;
  }

  #finished(): Call | undefined {
    const call = this.#call;
    this.#call = undefined;
    this.#deadline.clear();
    if (call !== undefined) call.carrier = undefined;
    return call;
  }

  /** @returns true: more may come. */
  #receive(bytes: Buffer): boolean {
    const wasBusy = this.#call !== undefined;
    try {
      const rest = bytes.subarray(this.#reader.take(bytes));
      if (this.#isGone) return false;
      if (this.#call !== undefined) this.#unread = unshared(rest);
      // What nobody asked for is of no use, and whatever comes after it is suspect.
      else if (rest.byteLength > 0 || !this.#isKept) this.abort(new errors.SocketError('of no more use'));
      else if (wasBusy) {
        this.#socket.unref();
        this.#parts.onFree(this);
      }
    } catch (error) {
      this.abort(error as Error);
    }
    return !this.isPaused;
  }

  /** The other side has, or the way to it. */
  #ended(error: Error | undefined): void {
    if (this.#isGone) return;
    const isUnseen = this.#answers > 0 && this.#reader.isUntouched;
    if (error === undefined) this.#reader.close();
    const call = this.#call;
    if (call?.mayBeSentAgain && isUnseen) {
      this.#leave();
      this.#parts.onGone(this, call);
    } else this.abort(error ?? new errors.SocketError('other side closed'));
  }

  #leave(): Call | undefined {
    this.#isGone = true;
    this.#stopSending();
    this.#deadline.end();
    this.#socket.destroy();
    return this.#finished();
  }

  #await(limitMs: number, Failure: new () => Error): void {
    if (this.#call !== undefined) this.#deadline.set(limitMs, () => this.abort(new Failure()));
  }
}
