import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';

type Controller = Dispatcher.DispatchController;

/** The body of an answer as it comes: nothing more is read from the connection than is taken from here, but for what is under way. */
export class ReceivedBody extends Readable {
  readonly #controller: Controller;
  readonly #announced: number;
  #isWhole = false;
  #bytes = 0;

  /** @param announced - bytes that are to come; NaN: not known. */
  constructor(controller: Controller, announced: number) {
    super({ autoDestroy: true, highWaterMark: HIGH_WATER_BYTES });
    this.#controller = controller;
    this.#announced = announced;
    // One that fails after its reader has left must not end the process.
    this.on('error', () => undefined);
  }

  /** More of it has come. */
  receive(chunk: Buffer): void {
    this.#bytes += chunk.byteLength;
    if (!this.push(chunk)) this.#controller.pause();
  }

  /** All of it has come. */
  finish(): void {
    this.#isWhole = true;
    this.push(null);
  }

  /** Throws it away, so that the connection can be used again; a longer one is not worth that. Ends when it is gone. */
  async dump(limitBytes: number): Promise<void> {
    if (this.closed) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.once('close', resolve);
    if (this.#announced > limitBytes || this.#bytes > limitBytes) this.destroy();
    this.on('data', () => {
      if (this.#bytes > limitBytes) this.destroy();
    });
    await promise;
  }

  override _read(): void {
    this.#controller.resume();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    // What has come as a whole has left its connection already.
    if (!this.#isWhole) this.#controller.abort(error ?? new Error('nobody reads on'));
    callback(error);
  }
}

const HIGH_WATER_BYTES = 64 * 1024;
