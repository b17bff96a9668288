import type { AnswerHandler } from './sockets/call.ts';
import type { SentRequest } from './sockets/request.ts';

/** Carries requests to one origin: a pool of undici's, or of ours. */
export interface Carrier {
  /** @throws for what cannot be sent; whatever else goes wrong is the handler's to know. */
  dispatch(request: CarriedRequest, handler: AnswerHandler): unknown;
  /** Lets what is under way end. */
  close(): Promise<void>;
  /** Ends what is under way. */
  destroy(): Promise<void>;
}

export interface CarriedRequest extends SentRequest {
  /** Of undici's, which asks for it. */
  readonly origin: string;
  /** False: undici keeps the connection, which it closes after a HEAD else. */
  readonly reset: false;
}
