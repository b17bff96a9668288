import { createHash } from 'node:crypto';
import { BoundedMap, type RegistryRates, rateLimitDelay, SyncError } from '@regfleet/model';
import { sleepUntil, steadyNowMs } from '../waits/sleep.ts';
import { loweredRate, MOST_PER_SECOND, raisedRate } from './found-rate.ts';
import type { Meter, Meters } from './meters.ts';
import { StretchLine } from './stretch-line.ts';

/** Whom a request goes to, and as whom. */
export interface AccountRequest {
  readonly registry: string;
  /** Absent: as a stranger, whom registries know by the address that they come from. */
  readonly account?: string | undefined;
  /** True: it asks whether the registry is there at all, so that others wait for it rather than it for them. */
  readonly isUrgent?: boolean | undefined;
}

/** The head of an answer, as far as it tells of limits. */
export interface SeenAnswer {
  readonly status: number;
  /** For how long it asks to be left alone; absent: it does not. */
  readonly retryAfterMs?: number | undefined;
  /** What it says that may still be pulled; absent: nothing. */
  readonly allowance?: Allowance | undefined;
}

/** What a registry says that may be pulled in a window of time. */
export interface Allowance {
  readonly left: number;
  readonly limit: number;
  readonly windowMs: number;
}

export interface RequestLimitsOptions {
  readonly meters: Meters;
  /** Asked at each request, since a config may be read again; absent: no rate holds. */
  ratesOf(registry: string): RegistryRates | undefined;
  /** By what name the address goes that this process is seen by; processes that share one have the same. */
  readonly egress: string;
  /** Told after each wait that was for a rate or a pause. */
  onWait?(registry: string, waitedMs: number): void;
  /** Told of each answer that says how many pulls are left. */
  onAllowance?(registry: string, allowance: Allowance): void;
}

// Two clocks are never alike, and a registry that counts by the second would never forget a request that was too early.
const SPARE = 1.05;

// Who has to wait for longer keeps no place meanwhile: its copy is put off, as by an answer that asks for that.
const PATIENCE_MS = 5_000;

// An answer that does not say for how long is mostly of a limit of requests a second.
const BRIEF_PAUSE_MS = 500;

// However short the window of a registry is.
const LEAST_PAUSE_MS = 1_000;

// Registries and accounts in use at once; a line that is forgotten begins anew.
const MOST_LINES = 4_096;
const LINE_AGE_MS = 60 * 60_000;

// A process has its turn meanwhile, though it shares a small rate with many.
const TAKING_MS = 2_000;

const TOO_MANY = 429;
const UNAVAILABLE = 503;

/** When each request of this process may go, and each piece of a blob, by the rates and pauses of its registry in the whole fleet. */
export class RequestLimits {
  readonly #options: RequestLimitsOptions;
  readonly #lines = new BoundedMap<string, StretchLine>({ limit: MOST_LINES, maxAgeMs: LINE_AGE_MS });

  /** When something was taken last of what a rate was found for. */
  readonly #takenAtMs = new BoundedMap<Meter, number>({ limit: MOST_LINES, maxAgeMs: LINE_AGE_MS });

  constructor(options: RequestLimitsOptions) {
    this.#options = options;
  }

  /**
   * @returns when the request may go; undefined: at once.
   * @throws {SyncError} in the promise: `RATE_LIMITED` where the registry has asked to be left alone for longer than it is worth to wait
   * in place; the signal's reason.
   */
  pass(request: AccountRequest, signal?: AbortSignal): Promise<void> | undefined {
    if (this.#rateOf(request) === undefined && !this.#isPaused(request)) return undefined;
    return this.#timed(request, () => this.#pass(request, signal));
  }

  /** @returns when so many bytes of a blob may be read or sent; undefined: at once. @throws the signal's reason, in the promise. */
  move(request: AccountRequest, bytes: number, signal?: AbortSignal): Promise<void> | undefined {
    const rate = this.#options.ratesOf(request.registry)?.bytesPerSecond;
    if (rate === undefined) return undefined;
    const line = this.#line('bytes', request, { unitMs: () => UNIT_OF_BYTES_MS, isDivisible: true });
    return line.pass((bytes / rate) * 1000, signal);
  }

  /** Learns from the head of an answer. */
  answered(request: AccountRequest, answer: SeenAnswer): void {
    const { meters, onAllowance } = this.#options;
    if (answer.allowance !== undefined) onAllowance?.(request.registry, answer.allowance);
    const meter = this.#countedBy('requests', request);
    const delayMs = askedPause(answer) ?? this.#pauseForReserve(request, answer);
    if (delayMs !== undefined) meters.pause(meter, delayMs);
    if (this.#givenRate(request) !== undefined) return;
    // Who asks for more patience than that counts by the hour.
    if (isRefusal(answer) && delayMs !== undefined && delayMs <= PATIENCE_MS) this.#lower(meter);
    else if (answer.status < 400 && meters.foundRate(meter) !== undefined)
      this.#takenAtMs.set(meter, steadyNowMs());
  }

  #lower(meter: Meter): void {
    const { meters } = this.#options;
    const found = meters.foundRate(meter);
    if (found !== undefined && !this.#isTaking(meter)) return;
    const lowered = loweredRate(found?.rate, steadyNowMs() - (found?.sinceMs ?? 0));
    if (lowered !== undefined) meters.changeRate(meter, lowered);
  }

  /** Whether anything was taken lately: what refuses all there is does not do so for its rate. */
  #isTaking(meter: Meter): boolean {
    return steadyNowMs() - (this.#takenAtMs.get(meter) ?? 0) < TAKING_MS;
  }

  #givenRate({ registry }: AccountRequest): number | undefined {
    return this.#options.ratesOf(registry)?.requestsPerSecond;
  }

  #rateOf(request: AccountRequest): number | undefined {
    return (
      this.#givenRate(request) ??
      this.#options.meters.foundRate(this.#countedBy('requests', request))?.rate.perSecond
    );
  }

  /** A rate that is used goes up again. */
  #raise(request: AccountRequest): void {
    const { meters } = this.#options;
    const meter = this.#countedBy('requests', request);
    const found = meters.foundRate(meter);
    if (found === undefined || this.#givenRate(request) !== undefined) return;
    if (!this.#isTaking(meter)) return;
    const raised = raisedRate(found.rate, steadyNowMs() - found.sinceMs);
    if (raised !== undefined) meters.changeRate(meter, raised);
  }

  /** Until about one more pull is left: the next answer tells. */
  #pauseForReserve({ registry }: AccountRequest, { allowance }: SeenAnswer): number | undefined {
    if (allowance === undefined) return undefined;
    const reserve = this.#options.ratesOf(registry)?.pullReserve;
    if (reserve === undefined || allowance.left > reserve) return undefined;
    return rateLimitDelay(Math.max(LEAST_PAUSE_MS, allowance.windowMs / allowance.limit));
  }

  async #pass(request: AccountRequest, signal: AbortSignal | undefined): Promise<void> {
    do {
      await this.#pauseOver(request, signal);
      if (this.#rateOf(request) === undefined) continue;
      const unitMs = (): number => (1000 / (this.#rateOf(request) ?? MOST_PER_SECOND)) * SPARE;
      const line = this.#line('requests', request, { unitMs, isDivisible: false });
      if (!line.isIdle) this.#raise(request);
      await line.pass(undefined, signal, request.isUrgent);
    } while (this.#isPaused(request));
  }

  #isPaused(request: AccountRequest): boolean {
    const endMs = this.#options.meters.pauseEndMs(this.#countedBy('requests', request));
    return endMs > 0 && endMs > steadyNowMs();
  }

  async #pauseOver(request: AccountRequest, signal = NEVER): Promise<void> {
    const meter = this.#countedBy('requests', request);
    for (;;) {
      const leftMs = this.#options.meters.pauseEndMs(meter) - steadyNowMs();
      if (leftMs <= 0) return;
      if (leftMs > PATIENCE_MS) throw leftAlone(request.registry, leftMs);
      await sleepUntil(Date.now() + leftMs, signal);
    }
  }

  async #timed(request: AccountRequest, wait: () => Promise<void>): Promise<void> {
    const sinceMs = steadyNowMs();
    try {
      await wait();
    } finally {
      this.#options.onWait?.(request.registry, steadyNowMs() - sinceMs);
    }
  }

  #line(
    kind: Kind,
    request: AccountRequest,
    form: { unitMs(): number; readonly isDivisible: boolean },
  ): StretchLine {
    const counted = this.#countedBy(kind, request);
    // What was found out was found by one of them.
    const isFound = kind === 'requests' && this.#givenRate(request) === undefined;
    const meters = isFound ? [counted] : [this.#byEgress(kind, request), counted];
    const key = meters.join(' ');
    const known = this.#lines.use(key);
    if (known !== undefined) return known;
    const reserve: Meters['reserve'] = (wish) => this.#options.meters.reserve(wish);
    const line = new StretchLine({ ...form, meters: [...new Set(meters)], reserve });
    this.#lines.set(key, line);
    return line;
  }

  /** What its registry is taken to count it by in the first place. */
  #countedBy(kind: Kind, request: AccountRequest): Meter {
    const { registry, account } = request;
    if (account === undefined) return this.#byEgress(kind, request);
    const name = createHash('sha256').update(`${registry}\n${account}`).digest('hex').slice(0, HASH_LENGTH);
    return `${kind} ${registry} account ${name}`;
  }

  #byEgress(kind: Kind, { registry }: AccountRequest): Meter {
    return `${kind} ${registry} egress ${this.#options.egress}`;
  }
}

/** How long the answer asks to be left alone; absent: it does not, or for days, which nobody waits for: its request fails. */
function askedPause({ status, retryAfterMs }: SeenAnswer): number | undefined {
  if (status === TOO_MANY && retryAfterMs === undefined) return BRIEF_PAUSE_MS;
  const asksForTime = status === TOO_MANY || status === UNAVAILABLE;
  return asksForTime && retryAfterMs !== undefined ? rateLimitDelay(retryAfterMs) : undefined;
}

const isRefusal = ({ status }: SeenAnswer): boolean => status === TOO_MANY || status === UNAVAILABLE;

type Kind = 'requests' | 'bytes';

const UNIT_OF_BYTES_MS = 5;
const HASH_LENGTH = 16;
const NEVER = new AbortController().signal;

function leftAlone(registry: string, leftMs: number): SyncError {
  return new SyncError('RATE_LIMITED', {
    message: `${registry} has asked to be left alone: this fleet sends nothing there for another ${Math.ceil(leftMs / 1000)} s`,
    hint: 'nothing needs to be done: the image is tried again then; set requests-per-second of the registry to what it allows',
    registry,
    retryAfterMs: leftMs,
  });
}
