import { randomUUID } from 'node:crypto';
import { SyncError, sleep, unlessAborted } from '@regfleet/model';

/** Where leases are kept, for all processes that share it. */
export interface LeaseStore {
  /** Takes the lease for so long, or keeps it; false: somebody else holds it. */
  take(name: string, holder: string, leaseMs: number): Promise<boolean>;
  /** Does nothing where somebody else holds it. */
  end(name: string, holder: string): Promise<void>;
}

/** What whoever holds a lease goes by. */
export interface HeldLease {
  /** Aborts when the lease is lost. */
  readonly signal: AbortSignal;
  /** To be called right before what nobody else may do meanwhile. @throws {SyncError} `TIMED_OUT` where the lease has ended. */
  check(): void;
}

export interface LeasesOptions {
  readonly store: LeaseStore;
  /** After so long without renewal a lease is over. */
  readonly leaseMs?: number;
}

// What is done under a lease takes a few requests; whoever dies keeps the others waiting for so long.
const LEASE_MS = 30_000;
// Between two looks whether it is free, on average; the work under a lease takes some 100 ms.
const LOOK_MS = 150;
// A hundred holders one after the other, each with a slow registry.
const PATIENCE_MS = 10 * 60_000;

/** One at a time in the whole fleet does what is done under a name: by a lease that is renewed, and ends by itself. */
export class Leases {
  readonly #store: LeaseStore;
  readonly #leaseMs: number;

  constructor({ store, leaseMs = LEASE_MS }: LeasesOptions) {
    this.#store = store;
    this.#leaseMs = leaseMs;
  }

  /**
   * Does `work` once nobody else holds the lease.
   *
   * @throws {SyncError} `TIMED_OUT` where others hold it for too long; what `work` throws; the signal's reason.
   */
  async hold<Result>(
    name: string,
    signal: AbortSignal,
    work: (lease: HeldLease) => Promise<Result>,
  ): Promise<Result> {
    const holder = randomUUID();
    let untilMs = await this.#taken(name, holder, signal);
    const lost = new AbortController();
    const isHeld = (): boolean => performance.now() < untilMs;
    const renewal = setInterval(() => {
      if (!isHeld()) lost.abort(ended(name));
      const askedAtMs = performance.now();
      this.#store.take(name, holder, this.#leaseMs).then(
        (isTaken) => {
          if (isTaken) untilMs = askedAtMs + this.#leaseMs;
          else lost.abort(ended(name));
        },
        // The lease ends by itself if this goes on.
        () => undefined,
      );
    }, this.#leaseMs / 3);
    try {
      const either = AbortSignal.any([signal, lost.signal]);
      const check = (): void => {
        either.throwIfAborted();
        if (!isHeld()) throw ended(name);
      };
      return await work({ signal: either, check });
    } finally {
      clearInterval(renewal);
      await this.#store.end(name, holder).catch(() => undefined);
    }
  }

  /** @returns until when, by `performance.now`. */
  async #taken(name: string, holder: string, signal: AbortSignal): Promise<number> {
    const sinceMs = performance.now();
    for (;;) {
      signal.throwIfAborted();
      const askedAtMs = performance.now();
      if (await unlessAborted(this.#store.take(name, holder, this.#leaseMs), signal))
        return askedAtMs + this.#leaseMs;
      if (askedAtMs - sinceMs > PATIENCE_MS) throw busy(name);
      await sleep(LOOK_MS * (0.5 + Math.random()), signal);
    }
  }
}

const ended = (name: string): SyncError =>
  new SyncError('TIMED_OUT', {
    message: `the right to write ${name} has ended before it was written`,
    hint: 'was this process stopped, or Redis not to be reached? It is tried again',
  });

const busy = (name: string): SyncError =>
  new SyncError('TIMED_OUT', {
    message: `others write ${name} all the time`,
    hint: 'it is tried again; how many copies attach something to one image?',
  });
