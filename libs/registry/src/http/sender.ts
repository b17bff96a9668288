import { isSyncError, type Logger, SyncError, unlessAborted } from '@regfleet/model';
import type { RequestEvent } from '../contract.ts';
import type { ForeignUse } from './address-policy.ts';
import { Answer } from './answer.ts';
import { authorizationHeader } from './authorization.ts';
import type { CarriedRequest } from './carrier.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import type { Connections, HeldPool } from './connections.ts';
import { Exchange, type ReceivedHead } from './exchange.ts';
import { InterimAnswers } from './interim-answers.ts';
import { explainProxy } from './proxy-answer.ts';
import { transportError } from './transport-error.ts';
import type { WireRequest } from './wire-request.ts';

export interface SenderSettings extends ConnectionSettings {
  readonly userAgent: string;
  readonly logger: Logger;
  readonly onRequest: (event: RequestEvent) => void;
}

/** Sends a request once, over the connections of one registry, within the time that its answer may take to begin. */
export class Sender {
  readonly #settings: SenderSettings;
  readonly #connections: Connections;

  constructor(settings: SenderSettings, connections: Connections) {
    this.#settings = settings;
    this.#connections = connections;
  }

  /**
   * The head of its answer, whatever the status, with a body that is to be read or thrown away.
   *
   * @throws {SyncError} why there is none.
   * @throws the reason of the signal once that is aborted.
   */
  async send(request: WireRequest): Promise<Answer> {
    request.signal?.throwIfAborted();
    const { addressPolicy } = this.#settings;
    const { url, signal } = request;
    const foreign = this.#foreignUse(request);
    if (foreign !== undefined) addressPolicy.check(url, foreign);
    const reached = this.#connections.to(url, { isTransfer: request.isTransfer ?? false, foreign });
    // Who looks for a proxy or reads certificates does not notice.
    const pool =
      reached instanceof Promise ? await unlessAborted(reached, signal, ({ leave }) => leave()) : reached;
    return await this.#exchange(request, pool);
  }

  /** The registry by the operator's name for it; other hosts by their own. */
  hostOf(url: URL): string {
    return url.host === this.#settings.apiHost ? this.#settings.registry : url.host;
  }

  async #exchange(request: WireRequest, pool: HeldPool): Promise<Answer> {
    const { method, signal } = request;
    const sentAtMs = performance.now();
    let patience: InterimAnswers | undefined;
    const exchange = new Exchange({
      method,
      signal,
      onEnd: pool.leave,
      onInterim: (waiting) => {
        patience ??= this.#patience(request, waiting);
        patience.note();
      },
    });
    this.#dispatch(request, pool, exchange);
    const timer = this.#queueTimer(request, exchange);
    try {
      return this.#answer(request, pool, { head: await exchange.head, sentAtMs });
    } catch (error) {
      throw this.#failure(error, request, pool);
    } finally {
      clearTimeout(timer);
    }
  }

  /** What cannot even be begun ends as what fails on the way does. */
  #dispatch(request: WireRequest, { carrier }: HeldPool, exchange: Exchange): void {
    try {
      carrier.dispatch(this.#options(request), exchange);
    } catch (error) {
      exchange.onResponseError(null, error instanceof Error ? error : new Error(String(error)));
    }
  }

  #options({ url, method, body, headers, authorization, isCommit }: WireRequest): CarriedRequest {
    const { timeouts, userAgent } = this.#settings;
    return {
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method,
      headers: {
        'user-agent': userAgent,
        // Digests and lengths are of the bytes as they are.
        'accept-encoding': 'identity',
        ...headers,
        ...authorizationHeader(url, authorization),
      },
      body: typeof body === 'function' ? body() : (body ?? null),
      // Without it undici closes the connection after every HEAD.
      reset: false,
      headersTimeout: isCommit ? timeouts.commitMs : timeouts.headersMs,
    };
  }

  #answer(
    { url, method }: WireRequest,
    pool: HeldPool,
    { head: { status, headers, body }, sentAtMs }: { head: ReceivedHead; sentAtMs: number },
  ): Answer {
    const { registry, logger, timeouts } = this.#settings;
    pool.clientCertificate.answered();
    this.#report(method, String(status));
    const durationMs = Math.round(performance.now() - sentAtMs);
    logger.debug(
      { registry, method, host: url.host, path: url.pathname, status, durationMs },
      'registry answered',
    );
    return new Answer({
      status,
      headers,
      body,
      url,
      registry: this.hostOf(url),
      // Through a tunnel a proxy cannot answer.
      proxy: url.protocol === 'http:' ? pool.proxy : undefined,
      limitMs: timeouts.answerMs,
    });
  }

  #failure(error: unknown, request: WireRequest, { proxy, clientCertificate }: HeldPool): unknown {
    const { registry } = this.#settings;
    const { method, url, signal, redirectedBy } = request;
    if (signal?.aborted) return signal.reason;
    this.#report(method, 'error');
    const way = { registry: this.hostOf(url), redirectedBy, proxy };
    const told =
      proxy === undefined
        ? clientCertificate.explain(error, way.registry)
        : explainProxy(error, { ...way, proxy });
    return isSyncError(told) ? told.located({ registry }) : transportError(told, way);
  }

  #patience({ url }: WireRequest, exchange: Exchange): InterimAnswers {
    const { headersMs } = this.#settings.timeouts;
    return new InterimAnswers(this.hostOf(url), headersMs, (error) => exchange.abort(error));
  }

  /** Absent: it has its connection, or will: transfers wait for none, and what they send takes its time. */
  #queueTimer(request: WireRequest, exchange: Exchange): NodeJS.Timeout | undefined {
    if (request.isTransfer || exchange.isStarted) return undefined;
    const { headersMs, commitMs, queueMs } = this.#settings.timeouts;
    const limitMs = queueMs + (request.isCommit ? commitMs : headersMs);
    return setTimeout(() => exchange.abort(this.#noConnection(request)), limitMs);
  }

  #noConnection({ url }: WireRequest): SyncError {
    const registry = this.hostOf(url);
    return new SyncError('TIMED_OUT', {
      message: `cannot reach ${registry}: no connection was free within ${this.#settings.timeouts.queueMs / 1000} s`,
      hint: 'is the registry overloaded, or the way to it?',
      registry,
    });
  }

  #foreignUse({ url, namedBy }: WireRequest): ForeignUse | undefined {
    if (namedBy === 'operator' || url.host === this.#settings.apiHost) return undefined;
    return namedBy;
  }

  #report(method: string, code: string): void {
    this.#settings.onRequest({ registry: this.#settings.registry, method, code });
  }
}
