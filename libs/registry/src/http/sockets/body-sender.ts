import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { errors } from 'undici';

export interface SenderParts {
  readonly head: string;
  /** Of the body, as announced. */
  readonly bytes: number;
  readonly onSent: () => void;
  readonly onFailure: (error: Error) => void;
}

/** Sends a body as its connection takes it: a piece is asked for when the one before has left. */
export class BodySender {
  readonly #socket: Socket;
  readonly #stream: Readable;
  readonly #parts: SenderParts;
  #sentBytes = 0;
  #hasBegun = false;
  #isDone = false;

  constructor(socket: Socket, stream: Readable, parts: SenderParts) {
    this.#socket = socket;
    this.#stream = stream;
    this.#parts = parts;
    stream
      .on('error', (error) => this.#failed(error))
      .on('close', () => this.#failed(new errors.RequestAbortedError()))
      .on('end', () => this.#ended())
      .on('data', (piece: Buffer) => this.#send(piece))
      .resume();
  }

  /** True: some of it is still to come. */
  get isSending(): boolean {
    return !this.#isDone;
  }

  /** Nobody wants the rest. */
  stop(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#stream.destroy();
  }

  #send(piece: Buffer): void {
    if (this.#isDone) return;
    this.#sentBytes += piece.byteLength;
    if (this.#sentBytes > this.#parts.bytes) {
      this.#failed(new errors.RequestContentLengthMismatchError());
      return;
    }
    this.#stream.pause();
    // In one packet with the head.
    const isFirst = this.#begin();
    this.#socket.write(piece, (error) => {
      if (!error && !this.#isDone) this.#stream.resume();
    });
    if (isFirst) this.#socket.uncork();
  }

  #begin(): boolean {
    if (this.#hasBegun) return false;
    this.#hasBegun = true;
    this.#socket.cork();
    this.#socket.write(this.#parts.head, 'latin1');
    return true;
  }

  #ended(): void {
    if (this.#isDone) return;
    if (this.#sentBytes < this.#parts.bytes) {
      this.#failed(new errors.RequestContentLengthMismatchError());
      return;
    }
    this.#isDone = true;
    if (this.#begin()) this.#socket.uncork();
    this.#parts.onSent();
  }

  #failed(error: Error): void {
    if (this.#isDone) return;
    this.stop();
    this.#parts.onFailure(error);
  }
}
