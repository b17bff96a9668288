import type { Rank } from './turns/rank.ts';
import { type CopyWidth, widthOf } from './width/copy-width.ts';

interface Waiter {
  readonly lane: string;
  readonly rank: Rank;
  /** @param extra - as which it goes above the limit; absent: within it. */
  grant(extra: Rank | undefined): void;
}

/** Gives the slot back; further calls do nothing. */
export type Release = () => void;

// Longer than nearly all copies take: whoever holds every slot for so long may hold them for ever.
const HELD_MS = 10_000;

/**
 * The copies that a process may run at once, shared fairly by its lanes: the lane that runs the fewest is next, so that one whose copies
 * are slow gets no more than its share; of several the one that has waited longest, also when its job was handed back and another one
 * came meanwhile.
 *
 * Once all have been held for a while by copies of other lanes, a lane that runs nothing may start one copy above the
 * limit; one such copy at a time. A registry that keeps its copies from ending keeps no other registry waiting.
 *
 * Urgent copies are next, and one of them may start above the limit at once.
 */
export class Slots {
  readonly #width: CopyWidth;
  readonly #onChange: () => void;
  /** Copies that began above the limit. */
  readonly #extras: Record<Rank, number> = { urgent: 0, usual: 0 };
  /** Since when no slot within the limit has become free. */
  #heldSinceMs = 0;
  #extraTimer: NodeJS.Timeout | undefined;
  readonly #running = new Map<string, number>();
  readonly #waiting: Waiter[] = [];
  /** When each waiting lane began to wait, as a running number. */
  readonly #since = new Map<string, number>();
  #clock = 0;
  #active = 0;

  /** @param onChange - called when there are more or fewer places, or copies in them. */
  constructor(limit: number | CopyWidth, onChange: () => void) {
    this.#width = widthOf(limit);
    this.#onChange = onChange;
    this.#width.listen(() => {
      while (this.free > 0 && this.#waiting.length > 0) this.#grantNext();
      onChange();
    });
  }

  get active(): number {
    return this.#active;
  }

  get free(): number {
    return Math.max(0, this.#width.current - this.#active);
  }

  runningOf(lane: string): number {
    return this.#running.get(lane) ?? 0;
  }

  /** Lanes that run or wait. */
  get laneCount(): number {
    return new Set([...this.#running.keys(), ...this.#since.keys()]).size;
  }

  /** To be called when a lane is served no more: its turn comes no more. */
  forget(lane: string): void {
    if (!this.#waiting.some((waiter) => waiter.lane === lane)) this.#since.delete(lane);
  }

  /** @throws the signal's reason when aborted before a slot is free. */
  async acquire(lane: string, signal: AbortSignal, rank: Rank = 'usual'): Promise<Release> {
    signal.throwIfAborted();
    if (this.free > 0 && this.#waiting.length === 0) return this.#take(lane, undefined);
    // Its turn comes again although its job was handed back in the meantime.
    if (!this.#since.has(lane)) this.#since.set(lane, ++this.#clock);
    const granted = Promise.withResolvers<Release>();
    const waiter: Waiter = { lane, rank, grant: (extra) => granted.resolve(this.#take(lane, extra)) };
    const giveUp = (): void => {
      const index = this.#waiting.indexOf(waiter);
      if (index < 0) return;
      this.#waiting.splice(index, 1);
      granted.reject(signal.reason);
    };
    this.#waiting.push(waiter);
    signal.addEventListener('abort', giveUp, { once: true });
    this.#grantExtra();
    try {
      return await granted.promise;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  #take(lane: string, extra: Rank | undefined): Release {
    this.#active += 1;
    this.#width.note(this.#active);
    if (extra !== undefined) this.#extras[extra] += 1;
    else if (this.free === 0) this.#heldSinceMs = performance.now();
    this.#running.set(lane, this.runningOf(lane) + 1);
    this.#since.delete(lane);
    if (this.#waiting.some((waiter) => waiter.lane === lane)) this.#since.set(lane, ++this.#clock);
    this.#onChange();
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#active -= 1;
      this.#width.note(this.#active);
      // Slots change hands: nobody holds all of them.
      if (extra === undefined) this.#heldSinceMs = performance.now();
      else this.#extras[extra] -= 1;
      const left = this.runningOf(lane) - 1;
      if (left > 0) this.#running.set(lane, left);
      else this.#running.delete(lane);
      this.#grantNext();
      this.#grantExtra();
      this.#onChange();
    };
  }

  #grantNext(): void {
    if (this.free > 0) this.#grant(this.#firstOf(this.#waiting));
  }

  /** Starts a copy above the limit where that is due, or looks again when it may be. */
  #grantExtra(): void {
    clearTimeout(this.#extraTimer);
    if (this.free > 0) return;
    const urgent = this.#waiting.filter(({ rank }) => rank === 'urgent');
    if (this.#mayExceed('urgent')) this.#grant(this.#firstOf(urgent), 'urgent');
    const idle = this.#waiting.filter(({ lane }) => this.runningOf(lane) === 0);
    if (idle.length === 0 || !this.#mayExceed('usual')) return;
    const inMs = this.#heldSinceMs + HELD_MS - performance.now();
    if (inMs <= 0) this.#grant(this.#firstOf(idle), 'usual');
    else this.#extraTimer = setTimeout(() => this.#grantExtra(), inMs).unref();
  }

  #mayExceed(rank: Rank): boolean {
    return this.#extras[rank] === 0 || this.#active <= this.#width.current;
  }

  #grant(waiter: Waiter | undefined, extra?: Rank): void {
    if (waiter === undefined) return;
    this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
    waiter.grant(extra);
  }

  /** One that is urgent, else of the lane that runs the fewest, and of several of the one that has waited longest. */
  #firstOf(all: readonly Waiter[]): Waiter | undefined {
    const urgent = all.filter(({ rank }) => rank === 'urgent');
    const waiting = urgent.length > 0 ? urgent : all;
    return waiting.reduce<Waiter | undefined>(
      (first, waiter) => (first === undefined || this.#comesBefore(waiter, first) ? waiter : first),
      undefined,
    );
  }

  #comesBefore(waiter: Waiter, first: Waiter): boolean {
    const fewer = this.runningOf(waiter.lane) - this.runningOf(first.lane);
    return fewer < 0 || (fewer === 0 && this.#sinceOf(waiter) < this.#sinceOf(first));
  }

  #sinceOf({ lane }: Waiter): number {
    return this.#since.get(lane) ?? 0;
  }
}
