import { pauseUnless } from './pause-unless.ts';
import { type LoggedRequest, matchesRequest, type RequestFilter } from './request-log.ts';

/** What goes wrong with the requests that match. */
export interface Fault extends RequestFilter {
  /** How many requests it meets, those that are answered with a challenge included; absent: all. */
  readonly times?: number;
  /** Of the requests that match, it meets one in so many; absent: each. */
  readonly oneIn?: number;
  /** Waits so long with each request. */
  readonly delayMs?: number;
  /** Waits with each request until `release`. */
  readonly held?: boolean;
  /** Answers in the target's place, which does not see the request. */
  readonly status?: number;
  /** Of the answer in the target's place, or laid over those of the target. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Of the answer in the target's place. */
  readonly body?: string;
  /** Cuts the connection after so many bytes of the answer's body. */
  readonly cutAfterBytes?: number;
  /** Sends so many bytes of the answer's body, then nothing more, on a connection that stays open. */
  readonly stallAfterBytes?: number;
  /** Sends the answer's body no faster, as long as the fault lasts. */
  readonly bytesPerSecond?: number;
  /** Takes the request's body no faster, as long as the fault lasts. */
  readonly requestBytesPerSecond?: number;
  /** Cuts the connection after so many bytes of the request's body, on both sides. */
  readonly cutRequestAfterBytes?: number;
}

export interface InjectedFault {
  /** How many requests it met so far. */
  readonly hits: number;
  /** Lets requests go that are held, now and later. */
  release(): void;
  /** Ends the fault, and releases. */
  remove(): void;
}

/** A fault as one request meets it. */
export interface MetFault extends Fault {
  /** Aborts when the fault is removed. */
  readonly ended?: AbortSignal;
}

/** The faults of one server, in the order in which they were injected: the first that matches takes a request. */
export class Faults {
  readonly #active: ActiveFault[] = [];

  inject(fault: Fault): InjectedFault {
    const active = new ActiveFault(fault);
    this.#active.push(active);
    return active;
  }

  /** @returns the fault that takes the request, after having held it; undefined where none does. */
  async meet(request: LoggedRequest): Promise<MetFault | undefined> {
    const active = this.#active.find((candidate) => candidate.takes(request));
    await active?.hit();
    return active && { ...active.fault, ended: active.ended };
  }

  removeAll(): void {
    for (const active of this.#active) active.remove();
  }
}

class ActiveFault implements InjectedFault {
  readonly fault: Fault;
  readonly #released = Promise.withResolvers<void>();
  readonly #removal = new AbortController();
  #hits = 0;
  #matches = 0;

  constructor(fault: Fault) {
    this.fault = fault;
    if (!fault.held) this.release();
  }

  get hits(): number {
    return this.#hits;
  }

  get ended(): AbortSignal {
    return this.#removal.signal;
  }

  takes(request: LoggedRequest): boolean {
    const isSpent = this.ended.aborted || this.#hits >= (this.fault.times ?? Number.POSITIVE_INFINITY);
    if (isSpent || !matchesRequest(request, this.fault)) return false;
    this.#matches += 1;
    return (this.#matches - 1) % (this.fault.oneIn ?? 1) === 0;
  }

  async hit(): Promise<void> {
    this.#hits += 1;
    await this.#released.promise;
    await pauseUnless(this.ended, this.fault.delayMs ?? 0);
  }

  release(): void {
    this.#released.resolve();
  }

  remove(): void {
    this.#removal.abort();
    this.release();
  }
}
