import { type buildConnector, errors } from 'undici';
import type { AnswerHandler, SentRequest } from '../carrier.ts';
import { Call } from './call.ts';
import { Connection, type ConnectionParts } from './connection.ts';

export interface SocketPoolOptions {
  readonly connect: buildConnector.connector;
  /** At once; null: as many as there are requests. */
  readonly connections: number | null;
  /** As in `ConnectionParts`. */
  readonly isLending: boolean;
  /** Between two pieces of an answer, in milliseconds. */
  readonly bodyTimeout: number;
  /** How long a connection is kept that nobody uses, in milliseconds, where the server allows it. */
  readonly keepAliveTimeout: number;
}

// A server's own time for unused connections, less what a request takes to get there.
const KEPT_MARGIN_MS = 1_000;

/** The connections to one origin, over HTTP/1.1: one request at a time on each, in the order they are given. */
export class SocketPool {
  readonly #options: SocketPoolOptions;
  readonly #place: buildConnector.Options;
  readonly #parts: ConnectionParts;
  readonly #waiting: Call[] = [];
  readonly #open = new Set<Connection>();
  /** The one that was used last comes last. */
  #free: Connection[] = [];
  #connecting = 0;
  #isClosed = false;
  #isDestroyed = false;
  #sweeper: NodeJS.Timeout | undefined;
  readonly #ended = Promise.withResolvers<void>();

  constructor(origin: string, options: SocketPoolOptions) {
    const { protocol, hostname, host, port } = new URL(origin);
    this.#options = options;
    this.#place = { protocol, hostname: hostname.replace(/^\[|\]$/g, ''), host, port };
    this.#parts = {
      host,
      isLending: options.isLending,
      silenceMs: options.bodyTimeout,
      onFree: (connection) => this.#freed(connection),
      onGone: (connection, unanswered) => this.#gone(connection, unanswered),
    };
  }

  /** @throws `ClientClosedError`, `InvalidArgumentError`; whatever else goes wrong is the handler's to know. */
  dispatch(request: SentRequest, handler: AnswerHandler): void {
    if (this.#isClosed) throw new errors.ClientClosedError();
    this.#waiting.push(new Call(request, handler, this.#parts.host));
    this.#serve();
  }

  /** Lets what is under way end. */
  close(): Promise<void> {
    this.#isClosed = true;
    this.#serve();
    return this.#ended.promise;
  }

  /** Ends what is under way; who is being connected to is not waited for. */
  destroy(): Promise<void> {
    this.#isClosed = true;
    this.#isDestroyed = true;
    const reason = new errors.ClientDestroyedError();
    for (const call of this.#waiting.splice(0)) call.handler.onResponseError(call, reason);
    for (const connection of [...this.#open]) connection.abort(reason);
    this.#ended.resolve();
    return this.close();
  }

  #serve(): void {
    while (this.#waiting.length > 0) {
      const connection = this.#usable();
      if (connection === undefined) break;
      const call = this.#waiting.shift();
      if (call?.begin()) connection.send(call);
      else this.#free.push(connection);
    }
    const most = this.#options.connections ?? Number.POSITIVE_INFINITY;
    while (this.#connecting < this.#waiting.length && this.#open.size + this.#connecting < most)
      this.#connect();
    if (!this.#isClosed || this.#waiting.length > 0) return;
    this.#closeStale();
    if (this.#open.size + this.#connecting === 0) this.#ended.resolve();
  }

  /** The one that was used last. */
  #usable(): Connection | undefined {
    for (let last = this.#free.pop(); last !== undefined; last = this.#free.pop()) {
      if (!this.#isStale(last)) return last;
      last.abort(new errors.ClientClosedError());
    }
    return undefined;
  }

  #connect(): void {
    this.#connecting += 1;
    this.#options.connect(this.#place, (error, socket) => {
      this.#connecting -= 1;
      if (this.#isDestroyed) socket?.destroy();
      else if (error === null && socket) {
        const connection = new Connection(socket, this.#parts);
        this.#open.add(connection);
        this.#freed(connection);
      } else {
        const call = this.#waiting.shift();
        call?.handler.onResponseError(call, error as Error);
        this.#serve();
      }
    });
  }

  #freed(connection: Connection): void {
    this.#free.push(connection);
    this.#serve();
    this.#sweeper ??= setInterval(() => this.#closeStale(), this.#options.keepAliveTimeout).unref();
  }

  #gone(connection: Connection, unanswered: Call | undefined): void {
    this.#open.delete(connection);
    this.#free = this.#free.filter((free) => free !== connection);
    if (unanswered !== undefined) {
      unanswered.isSentAgain = true;
      this.#waiting.unshift(unanswered);
      // They lead to the same server, which has most likely ended them as well.
      for (const free of this.#free) free.abort(new errors.ClientClosedError());
    }
    this.#serve();
  }

  #closeStale(): void {
    if (this.#open.size === 0) {
      clearInterval(this.#sweeper);
      this.#sweeper = undefined;
    }
    for (const connection of this.#free)
      if (this.#isStale(connection)) connection.abort(new errors.ClientClosedError());
  }

  #isStale({ freeSinceMs, keptMs = Number.POSITIVE_INFINITY }: Connection): boolean {
    const mostMs = Math.min(this.#options.keepAliveTimeout, keptMs - KEPT_MARGIN_MS);
    const isDone = this.#isClosed && this.#waiting.length === 0;
    return isDone || performance.now() - freeSinceMs >= mostMs;
  }
}
