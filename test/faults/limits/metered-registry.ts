import type { IncomingMessage } from 'node:http';
import { type BurstLimit, type HttpServer, LeakyBucket, makeImage, startHttpServer } from '@regfleet/harness';

export interface MeteredRegistryOptions {
  /** Of each account, or of each address where nobody logs in. */
  readonly account?: BurstLimit;
  readonly address?: BurstLimit;
  readonly tls?: boolean;
}

/** How a registry says for how long it is to be left alone. */
export type RetryAfterForm = 'seconds' | 'date' | 'none';

const HEAD = {
  'docker-content-digest': makeImage({ layers: ['one'] }).digest,
  'content-type': makeImage({ layers: ['one'] }).mediaType,
  'content-length': '1000',
};

/** Any manifest there is, counted by account and by address, and refused where there are too many. */
export class MeteredRegistry {
  readonly #options: MeteredRegistryOptions;
  readonly #buckets = new Map<string, LeakyBucket>();
  #server: HttpServer | undefined;
  #closed: { readonly untilMs: number; readonly form: RetryAfterForm } | undefined;
  taken = 0;
  refused = 0;
  /** Of those that were taken: too many by when they were seen, which was late. */
  unjudged = 0;
  readonly #punctuality = new Punctuality();
  /** When each request came, by `performance.now()`, since `closeFor`. */
  cameAtMs: number[] = [];

  constructor(options: MeteredRegistryOptions) {
    this.#options = options;
  }

  get host(): string {
    return this.#server?.host ?? '';
  }

  async start(): Promise<void> {
    this.#server = await startHttpServer(
      (request, response) => {
        request.resume();
        const { status, headers } = this.#answer(request);
        response.writeHead(status, headers).end();
      },
      { tls: this.#options.tls },
    );
  }

  async stop(): Promise<void> {
    this.#punctuality.stop();
    await this.#server?.stop();
  }

  /** Counts anew. */
  reset(): void {
    [this.taken, this.refused, this.unjudged] = [0, 0, 0];
  }

  /** Refuses everything for a while. */
  closeFor(ms: number, form: RetryAfterForm): void {
    this.cameAtMs = [];
    this.#closed = { untilMs: performance.now() + ms, form };
  }

  #answer(request: IncomingMessage): { status: number; headers: Record<string, string> } {
    const nowMs = performance.now();
    this.cameAtMs.push(nowMs);
    if (this.#closed !== undefined && nowMs < this.#closed.untilMs) {
      this.refused += 1;
      return { status: 429, headers: retryAfter(this.#closed.form, this.#closed.untilMs - nowMs) };
    }
    if (this.#overflows(request, nowMs)) {
      if (!this.#punctuality.wasLate(nowMs)) {
        this.refused += 1;
        return { status: 429, headers: {} };
      }
      this.unjudged += 1;
    }
    this.taken += 1;
    // Whoever may log in is asked to.
    if (this.#options.account !== undefined && request.headers.authorization === undefined)
      return { status: 401, headers: { 'www-authenticate': 'Basic realm="test"' } };
    return { status: 200, headers: HEAD };
  }

  #overflows({ headers, socket }: IncomingMessage, nowMs: number): boolean {
    const { account, address } = this.#options;
    const login = headers.authorization;
    // None is left out, since each counts what comes.
    return [
      address !== undefined && this.#bucket(`address ${socket.remoteAddress}`, address).isFull(nowMs),
      account !== undefined && login !== undefined && this.#bucket(`account ${login}`, account).isFull(nowMs),
    ].some(Boolean);
  }

  #bucket(key: string, limit: BurstLimit): LeakyBucket {
    const bucket = this.#buckets.get(key) ?? new LeakyBucket(limit);
    this.#buckets.set(key, bucket);
    return bucket;
  }
}

function retryAfter(form: RetryAfterForm, ms: number): Record<string, string> {
  switch (form) {
    case 'seconds':
      return { 'retry-after': String(Math.ceil(ms / 1000)) };
    case 'date':
      return { 'retry-after': new Date(1000 * Math.ceil((Date.now() + ms) / 1000)).toUTCString() };
    case 'none':
      return {};
  }
}

const LOOK_MS = 2;
const LATE_MS = 20;
// What came while nobody looked is told apart from what comes now for so long.
const REMEMBERED_MS = 250;

/**
 * Whether this process was late itself: on a machine that is busy it stands still now and then, and what came meanwhile is seen at once,
 * as if it had been sent so.
 */
class Punctuality {
  #lookedAtMs = performance.now();
  #lateAtMs = Number.NEGATIVE_INFINITY;
  readonly #timer = setInterval(() => this.#look(), LOOK_MS).unref();

  wasLate(nowMs: number): boolean {
    this.#look();
    return nowMs - this.#lateAtMs < REMEMBERED_MS;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const nowMs = performance.now();
    if (nowMs - this.#lookedAtMs > LATE_MS) this.#lateAtMs = nowMs;
    this.#lookedAtMs = nowMs;
  }
}
