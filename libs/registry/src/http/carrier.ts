import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';

/** Carries requests to one origin: a pool of undici's, or of ours. */
export interface Carrier {
  /** @throws for what cannot be sent; whatever else goes wrong is the handler's to know. */
  dispatch(request: CarriedRequest, handler: AnswerHandler): unknown;
  /** Lets what is under way end. */
  close(): Promise<void>;
  /** Ends what is under way. */
  destroy(): Promise<void>;
}

export interface SentRequest {
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** A stream needs a `content-length` among the headers. */
  readonly body: string | Uint8Array | Readable | null;
  /** From its end to the head of its answer, in milliseconds. */
  readonly headersTimeout: number;
}

export interface CarriedRequest extends SentRequest {
  /** Of undici's, which asks for it. */
  readonly origin: string;
  /** False: undici keeps the connection, which it closes after a HEAD else. */
  readonly reset: false;
}

/** What a request may do to its connection while it is answered. */
export type AnswerController = Pick<Dispatcher.DispatchController, 'abort' | 'pause' | 'resume'>;

/** Told of what becomes of a request; of undici's, what is used here. */
export interface AnswerHandler {
  /** It is about to be sent; nothing is to be told to the controller but `abort`. */
  onRequestStart(controller: AnswerController): void;
  /** Also for those that announce another one (1xx). */
  onResponseStart(
    controller: AnswerController,
    status: number,
    headers: Record<string, string | string[]>,
  ): void;
  onResponseData(controller: AnswerController, piece: Buffer): void;
  onResponseEnd(): void;
  onResponseError(controller: AnswerController | null, error: Error): void;
}
