import {
  type LaneLimits,
  type LaneParts,
  laneName,
  type Permit,
  type Permits,
  type Rank,
  RESERVES_AFTER_MS,
  steadyNowMs,
} from '@regfleet/fleet';
import { unlessAborted } from '@regfleet/model';

// A permit of the process that gave it is held until it is given back.
const never = new AbortController().signal;

/** The copies that read from a registry, or those that write to it. */
type Pool = string;

interface Waiter {
  readonly parts: LaneParts;
  limits: LaneLimits;
  readonly rank: Rank;
  /** By `steadyNowMs`. */
  readonly sinceMs: number;
  announced: PromiseWithResolvers<void>;
}

/** The permits of one process, and who stands in line for them. */
export class PermitPools {
  readonly #taken = new Map<Pool, number>();
  /** Urgent ones first, else in the order in which they came. */
  readonly #line: Waiter[] = [];

  /** Stands in line for one holder: each has one place for each lane. */
  view(): LocalPermits {
    return new LocalPermits(this);
  }

  /** @returns absent: it has to wait for `waiter.announced`. */
  take(waiter: Waiter): Permit | undefined {
    if (!this.#line.includes(waiter)) this.#join(waiter);
    const used = new Map(this.#taken);
    for (const other of this.#line) {
      const isFree = pass(other, used);
      if (other !== waiter) continue;
      if (!isFree) break;
      this.leave(waiter);
      return this.#permit(waiter.parts);
    }
    waiter.announced = Promise.withResolvers();
    return undefined;
  }

  #join(waiter: Waiter): void {
    const isBefore = ({ rank }: Waiter): boolean => waiter.rank === 'usual' || rank === 'urgent';
    this.#line.splice(this.#line.findLastIndex(isBefore) + 1, 0, waiter);
  }

  leave(waiter: Waiter): void {
    const index = this.#line.indexOf(waiter);
    if (index >= 0) this.#line.splice(index, 1);
  }

  /** Tells those who may pass. */
  announce(): void {
    const used = new Map(this.#taken);
    for (const waiter of this.#line) if (pass(waiter, used)) waiter.announced.resolve();
  }

  #permit(parts: LaneParts): Permit {
    for (const pool of poolsOf(parts)) add(this.#taken, pool, 1);
    let isHeld = true;
    return {
      lost: never,
      release: () => {
        if (!isHeld) return;
        isHeld = false;
        for (const pool of poolsOf(parts)) add(this.#taken, pool, -1);
        this.announce();
      },
    };
  }
}

const RANKS: readonly Rank[] = ['urgent', 'usual'];
const placeOf = (lane: string, rank: Rank): string => `${rank} ${lane}`;

/** The permits as one consumer sees them. */
export class LocalPermits implements Permits {
  readonly #pools: PermitPools;
  /** By lane and rank. */
  readonly #waiters = new Map<string, Waiter>();

  constructor(pools: PermitPools) {
    this.#pools = pools;
  }

  async take(parts: LaneParts, limits: LaneLimits, rank: Rank = 'usual'): Promise<Permit | undefined> {
    const place = placeOf(laneName(parts), rank);
    const waiter = this.#waiters.get(place) ?? {
      rank,
      parts,
      limits,
      sinceMs: steadyNowMs(),
      announced: Promise.withResolvers(),
    };
    waiter.limits = limits;
    const permit = this.#pools.take(waiter);
    if (permit === undefined) this.#waiters.set(place, waiter);
    else this.#waiters.delete(place);
    return permit;
  }

  async announced(parts: LaneParts, signal: AbortSignal, rank: Rank = 'usual'): Promise<void> {
    signal.throwIfAborted();
    const waiter = this.#waiters.get(placeOf(laneName(parts), rank));
    await unlessAborted(waiter?.announced.promise ?? Promise.resolve(), signal);
  }

  /** The lane stands in line no more. */
  leave(lane: string): void {
    for (const rank of RANKS) {
      const place = placeOf(lane, rank);
      const waiter = this.#waiters.get(place);
      if (waiter === undefined) continue;
      this.#waiters.delete(place);
      this.#pools.leave(waiter);
      this.#pools.announce();
    }
  }
}

/** Whether it finds room beside those before it, which `used` counts; counts it, or what it keeps from others. */
function pass({ parts, limits, sinceMs, rank }: Waiter, used: Map<Pool, number>): boolean {
  const [source, target] = poolsOf(parts);
  const isFree = (pool: Pool, limit = Number.POSITIVE_INFINITY): boolean => (used.get(pool) ?? 0) < limit;
  const free = [
    isFree(source, limits.source) ? source : [],
    isFree(target, limits.target) ? target : [],
  ].flat();
  const passes = free.length === 2;
  if (passes || rank === 'urgent' || steadyNowMs() - sinceMs >= RESERVES_AFTER_MS)
    for (const pool of free) add(used, pool, 1);
  return passes;
}

const poolsOf = ({ source, target }: LaneParts): readonly [Pool, Pool] => [`from ${source}`, `to ${target}`];

function add(counts: Map<Pool, number>, pool: Pool, number: number): void {
  const sum = (counts.get(pool) ?? 0) + number;
  if (sum > 0) counts.set(pool, sum);
  else counts.delete(pool);
}
