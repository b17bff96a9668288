import type { Readable } from 'node:stream';
import { errors } from 'undici';
import type { AnswerController, AnswerHandler, SentRequest } from '../carrier.ts';
import { isIdempotent, requestHead } from './request.ts';

/** A request from when it is given to when it is answered, and no longer. */
export class Call implements AnswerController {
  /** The connection that it was sent by had been kept, and was gone. */
  isSentAgain = false;
  /** Of the connection that has it. */
  carrier: AnswerController | undefined;
  readonly request: SentRequest;
  readonly handler: AnswerHandler;
  /** As `SentRequest.body`, where that is no stream. */
  readonly bytes: Uint8Array | undefined;
  readonly stream: Readable | undefined;
  /** As it is sent, in Latin-1. */
  readonly head: string;

  /**
   * @param host - with the port, where that is not the scheme's own.
   * @throws `InvalidArgumentError` for what would not be one request.
   */
  constructor(request: SentRequest, handler: AnswerHandler, host: string) {
    const { body } = request;
    this.request = request;
    this.handler = handler;
    if (typeof body === 'string') this.bytes = Buffer.from(body);
    else if (body instanceof Uint8Array) this.bytes = body;
    else if (body !== null) this.stream = body;
    if (this.stream !== undefined && request.headers['content-length'] === undefined)
      throw new errors.InvalidArgumentError('a stream needs its length');
    this.head = requestHead(request, host, this.bytes?.byteLength);
  }

  /** Sending it twice is as good as once, and it was sent but once. */
  get mayBeSentAgain(): boolean {
    return !this.isSentAgain && this.stream === undefined && isIdempotent(this.request);
  }

  /** It is about to be sent. @returns false: it was ended while it waited. */
  begin(): boolean {
    const endings: Error[] = [];
    const nothing = (): void => undefined;
    this.carrier = { pause: nothing, resume: nothing, abort: (reason) => endings.push(reason) };
    this.handler.onRequestStart(this);
    this.carrier = undefined;
    const [reason] = endings;
    if (reason !== undefined) this.handler.onResponseError(this, reason);
    return reason === undefined;
  }

  pause(): void {
    this.carrier?.pause();
  }

  resume(): void {
    this.carrier?.resume();
  }

  abort(reason: Error): void {
    this.carrier?.abort(reason);
  }
}
