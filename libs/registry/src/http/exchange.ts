import type { IncomingHttpHeaders } from 'node:http';
import type { AnswerHandler, AnswerController as Controller } from './carrier.ts';
import { ReceivedBody } from './received-body.ts';
import { endBy, noLongerEndBy } from './shared-abort.ts';

/** What has come of an answer when its head has. */
export interface ReceivedHead {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Absent: it has none. */
  readonly body: ReceivedBody | undefined;
}

export interface ExchangeParts {
  readonly method: string;
  /** Ends it at whatever point. */
  readonly signal: AbortSignal | undefined;
  /** An answer was announced that is still to come (1xx). */
  readonly onInterim: (exchange: Exchange) => void;
  /** Told once, after the last of it. */
  readonly onEnd: () => void;
}

/** One request on a connection, and its answer. */
export class Exchange implements AnswerHandler {
  /** @throws why it failed before that, or was ended. */
  readonly head: Promise<ReceivedHead>;
  readonly #parts: ExchangeParts;
  readonly #resolve: (head: ReceivedHead) => void;
  readonly #reject: (reason: unknown) => void;
  #controller: Controller | undefined;
  #body: ReceivedBody | undefined;
  #abortion: { readonly reason: unknown } | undefined;
  #isStarted = false;
  #isEnded = false;

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
    const { promise, resolve, reject } = Promise.withResolvers<ReceivedHead>();
    this.head = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    if (parts.signal !== undefined) endBy(parts.signal, this);
  }

  /** Ends it, wherever it is: also while it waits for a connection. */
  abort(reason: unknown): void {
    if (this.#isEnded || this.#abortion !== undefined) return;
    this.#abortion = { reason };
    this.#reject(reason);
    if (this.#body !== undefined) this.#body.destroy(errorOf(reason));
    else this.#controller?.abort(errorOf(reason));
  }

  /** True: it has a connection. */
  get isStarted(): boolean {
    return this.#isStarted;
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller;
    this.#isStarted = true;
    if (this.#abortion !== undefined) controller.abort(errorOf(this.#abortion.reason));
  }

  onResponseStart(controller: Controller, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) {
      this.#parts.onInterim(this);
      return;
    }
    this.#controller = controller;
    this.#body = this.#isBodiless(status, headers)
      ? undefined
      : new ReceivedBody(controller, Number(headers['content-length'] ?? Number.NaN));
    this.#resolve({ status, headers, body: this.#body });
  }

  onResponseData(_controller: Controller, chunk: Buffer): void {
    this.#body?.receive(chunk);
  }

  onResponseEnd(): void {
    this.#body?.finish();
    this.#end();
  }

  onResponseError(_controller: Controller | null, error: Error): void {
    this.#reject(error);
    this.#body?.fail(error);
    this.#end();
  }

  #isBodiless(status: number, headers: IncomingHttpHeaders): boolean {
    return (
      this.#parts.method === 'HEAD' || status === 204 || status === 304 || headers['content-length'] === '0'
    );
  }

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    if (this.#parts.signal !== undefined) noLongerEndBy(this.#parts.signal, this);
    this.#parts.onEnd();
  }
}

const errorOf = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)));
