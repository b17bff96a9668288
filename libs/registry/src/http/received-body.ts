import type { BodySource } from './body-source.ts';
import type { AnswerController as Controller } from './carrier.ts';
import { isLent, kept } from './lent-buffer.ts';

interface Reader {
  readonly resolve: (piece: Buffer | undefined) => void;
  readonly reject: (error: Error) => void;
}

// A piece, as a socket is read, has as many at most.
const AHEAD_BYTES = 64 * 1024;

/**
 * The body of an answer as its connection brings it. While nobody reads, the connection is not read either, but for a piece or two.
 *
 * No stream: what a blob is made of goes from here to the connection that it leaves by without another buffer, queue or event.
 */
export class ReceivedBody implements BodySource {
  readonly #controller: Controller;
  readonly #announced: number;
  readonly #pieces: Buffer[] = [];
  #waitingBytes = 0;
  #isPaused = false;
  #isWhole = false;
  #failure: Error | undefined;
  #reader: Reader | undefined;

  /** @param announced - bytes that are to come; NaN: not known. */
  constructor(controller: Controller, announced: number) {
    this.#controller = controller;
    this.#announced = announced;
  }

  /** More of it has come. */
  receive(piece: Buffer): void {
    if (this.#failure !== undefined || piece.byteLength === 0) return;
    const reader = this.#reader;
    if (reader !== undefined) {
      this.#reader = undefined;
      reader.resolve(piece);
      if (isLent(piece)) this.#pause();
      return;
    }
    // At the end of a connection all comes that was held back.
    this.#pieces.push(this.#isPaused ? kept(piece) : piece);
    this.#waitingBytes += piece.byteLength;
    if (this.#waitingBytes >= AHEAD_BYTES || isLent(piece)) this.#pause();
  }

  /** All of it has come. */
  finish(): void {
    this.#isWhole = true;
    this.#reader?.resolve(undefined);
    this.#reader = undefined;
  }

  /** No more will come. What has come can still be read. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#reader?.reject(this.#failure);
    this.#reader = undefined;
  }

  read(): Promise<Buffer | undefined> {
    const piece = this.#pieces.shift();
    if (piece !== undefined) {
      this.#waitingBytes -= piece.byteLength;
      if (!isLent(piece)) this.#goOn();
      return Promise.resolve(piece);
    }
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#isWhole) return Promise.resolve(undefined);
    const { promise, resolve, reject } = Promise.withResolvers<Buffer | undefined>();
    this.#reader = { resolve, reject };
    this.#goOn();
    return promise;
  }

  destroy(error: Error = new Error('nobody reads on')): void {
    if (this.#failure !== undefined) return;
    this.#pieces.length = 0;
    this.fail(error);
    // What has come as a whole has left its connection already.
    if (!this.#isWhole) this.#controller.abort(error);
  }

  async dump(limitBytes: number): Promise<void> {
    let bytes = 0;
    if (this.#announced > limitBytes) this.destroy();
    while (bytes <= limitBytes && this.#failure === undefined) {
      const piece = await this.read();
      if (piece === undefined) return;
      bytes += piece.byteLength;
    }
    this.destroy();
  }

  #pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#controller.pause();
  }

  #goOn(): void {
    if (!this.#isPaused || this.#waitingBytes >= AHEAD_BYTES) return;
    this.#isPaused = false;
    this.#controller.resume();
  }
}
