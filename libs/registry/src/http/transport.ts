import { type Logger, SyncError, sleep } from '@regfleet/model';
import type { RequestEvent } from '../contract.ts';
import { Answer } from './answer.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import { Connections } from './connections.ts';
import { Effort, MAX_REDIRECTS } from './effort.ts';
import { InFlight } from './in-flight.ts';
import type { PaceLimits } from './pace.ts';
import { redirectTarget } from './redirect.ts';
import { type AttemptEnd, headOf, isBareRefusal, repeatAfterMs } from './repetition.ts';
import { gatedRequest, type RequestGate } from './request-gate.ts';
import { Sender } from './sender.ts';
import { transportError } from './transport-error.ts';
import type { WireRequest } from './wire-request.ts';

export interface TransportSettings extends ConnectionSettings {
  readonly userAgent: string;
  readonly logger: Logger;
  readonly onRequest: (event: RequestEvent) => void;
  readonly limits: TransferLimits;
  /** Absent: every request goes at once. */
  readonly requestGate?: RequestGate | undefined;
}

/** What a registry may take of us, beyond time-outs. */
export interface TransferLimits {
  readonly pace: PaceLimits;
  /** Names of one list. */
  readonly maxNames: number;
}

/** Requests over the connections of one registry: proxies, TLS, redirects of downloads, short retries. No authentication. */
export class Transport {
  readonly settings: TransportSettings;
  readonly #connections: Connections;
  readonly #sender: Sender;
  readonly #inFlight = new InFlight();

  constructor(settings: TransportSettings) {
    this.settings = settings;
    this.#connections = new Connections(settings);
    this.#sender = new Sender(settings, this.#connections);
  }

  /** How many requests it takes at once, having refused some; absent: any number. */
  get mostAtOnce(): number | undefined {
    const { width } = this.#inFlight;
    return Number.isFinite(width) ? width : undefined;
  }

  /**
   * The first answer that is worth no repetition, whatever its status.
   *
   * @throws {SyncError} of the last attempt.
   * @throws the reason of the signal once that is aborted.
   */
  async send(request: WireRequest): Promise<Answer> {
    const entered = this.#inFlight.enter(request.signal);
    const leave = entered instanceof Promise ? await entered : entered;
    // What feeds a body may have to be asked for on its way, from the same registry.
    if (isStreamed(request)) leave();
    try {
      return await this.#sendRepeatedly(request);
    } finally {
      leave();
    }
  }

  /** Keeps its place while it pauses, so that fewer others come meanwhile. */
  async #sendRepeatedly(request: WireRequest): Promise<Answer> {
    const effort = new Effort(this.settings.timeouts, request.isCommit ?? false);
    for (let attempt = 1; ; attempt += 1) {
      const sentAtMs = performance.now();
      const outcome = await this.#attempt(request, effort);
      const end = this.#endOf(outcome);
      this.#heed(end, sentAtMs);
      const isRepeatable = effort.isWorthRepeating && this.#isRepeatable(request, end);
      const pauseMs = isRepeatable ? this.repeatAfterMs(end, attempt) : undefined;
      if (pauseMs === undefined) {
        if (outcome instanceof Answer) return outcome;
        throw outcome;
      }
      if (outcome instanceof Answer) await outcome.discard();
      const { registry, logger } = this.settings;
      logger.debug(
        { registry, method: request.method, path: request.url.pathname, pauseMs, ...end },
        'request is repeated',
      );
      await sleep(pauseMs, request.signal);
    }
  }

  /** As the function of that name, for this registry: where repeating has not helped others, it does not help this one. */
  repeatAfterMs(end: AttemptEnd, attempt: number): number | undefined {
    if (!isBareRefusal(end))
      return repeatAfterMs(end, attempt, Math.random(), this.settings.timeouts.refusedMs);
    if (this.#inFlight.isHopeless) return undefined;
    const pauseMs = repeatAfterMs(end, attempt, Math.random(), this.settings.timeouts.refusedMs);
    if (pauseMs === undefined) this.#inFlight.gaveUp();
    return pauseMs;
  }

  #heed(end: AttemptEnd, sentAtMs: number): void {
    if (!isBareRefusal(end)) {
      if ('status' in end) this.#inFlight.taken();
      return;
    }
    if (!this.#inFlight.refused(sentAtMs)) return;
    const { registry, logger } = this.settings;
    logger.info({ registry, atOnce: this.#inFlight.width }, 'registry refuses requests that come too fast');
  }

  /** What was refused for coming too fast has done nothing. */
  #isRepeatable(request: WireRequest, end: AttemptEnd): boolean {
    return request.isRepeatable || (isBareRefusal(end) && !isStreamed(request));
  }

  /** From here on no connection is kept open that no request uses. */
  retire(): void {
    this.#connections.retire();
  }

  close(): Promise<void> {
    return this.#connections.close();
  }

  #endOf(outcome: Answer | SyncError): AttemptEnd {
    return outcome instanceof Answer ? headOf(outcome, this.settings.now()) : { code: outcome.code };
  }

  async #attempt(request: WireRequest, effort: Effort): Promise<Answer | SyncError> {
    request.signal?.throwIfAborted();
    try {
      return await this.#follow(request, effort);
    } catch (error) {
      request.signal?.throwIfAborted();
      return transportError(error, { registry: this.#sender.hostOf(request.url) });
    }
  }

  async #follow(request: WireRequest, effort: Effort): Promise<Answer> {
    let hop = request;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
      const gated = gatedRequest(hop, this.#sender.hostOf(hop.url));
      const leave = this.settings.requestGate?.pass(gated, hop.signal);
      if (leave !== undefined) await leave;
      const sinceMs = performance.now();
      try {
        const answer = await this.#sender.send(hop);
        this.settings.requestGate?.answered?.(gated, headOf(answer, this.settings.now()));
        const target = this.#targetOf(hop, answer);
        if (target === undefined) return answer;
        await answer.discard();
        hop = this.#redirected(target, request);
      } finally {
        effort.asked(performance.now() - sinceMs);
      }
      effort.redirected();
      if (effort.isSpent) throw this.#tooLate(request, effort);
    }
    throw new SyncError('REDIRECT_REFUSED', {
      message: `${this.settings.registry} redirects in circles: more than ${MAX_REDIRECTS} times from ${request.url.origin}${request.url.pathname}`,
      hint: 'is the address of the registry right, and its proxy set up?',
      registry: this.settings.registry,
    });
  }

  /** Where it fails at another host, that one is to be looked at, or let through. */
  #redirected(hop: WireRequest, request: WireRequest): WireRequest {
    const first = this.#sender.hostOf(request.url);
    return { ...hop, redirectedBy: this.#sender.hostOf(hop.url) === first ? undefined : first };
  }

  #targetOf(hop: WireRequest, answer: Answer): WireRequest | undefined {
    try {
      return redirectTarget(hop, answer);
    } catch (refusal) {
      answer.body.destroy();
      throw refusal;
    }
  }

  #tooLate({ url }: WireRequest, { limitMs }: Effort): SyncError {
    return new SyncError('TOO_SLOW', {
      message: `${this.settings.registry} redirects from ${url.origin}${url.pathname} to one place after the other for more than ${limitMs / 1000} s`,
      hint: 'is the registry overloaded, or the way to it?',
      registry: this.settings.registry,
    });
  }
}

const isStreamed = ({ body }: WireRequest): boolean => typeof body === 'function';
