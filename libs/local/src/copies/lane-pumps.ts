import {
  type Holds,
  type LaneLimits,
  type LaneParts,
  type Rank,
  type Room,
  type Slots,
  takeRoom,
} from '@regfleet/fleet';
import type { CopyQueue } from './copy-queue.ts';
import type { LocalCopy } from './local-copy.ts';
import type { LocalPermits } from './local-permits.ts';

export interface PumpOptions {
  readonly copies: CopyQueue;
  readonly slots: Slots;
  readonly permits: LocalPermits;
  readonly holds: Pick<Holds, 'isHeld' | 'lifted'>;
  limitsOf(lane: LaneParts): LaneLimits;
  mayTake(lane: LaneParts): boolean;
  /** Whether none of the registries of the lane is to be left alone. */
  arePausesOver(lane: LaneParts): boolean;
  /** @throws the signal's reason. */
  pausesOver(lane: LaneParts, signal: AbortSignal): Promise<void>;
  /** Is given the room: what it begins gives that back. */
  begin(copy: LocalCopy, room: Room): void;
}

// One for all: lanes empty as often as copies begin, and each reason of its own would cost a stack.
const STOPPED = new Error('the wait for room was stopped');

/** What moves one lane, and stops its wait. */
interface Pump {
  wait: AbortController;
  /** For which it waits. */
  rank: Rank;
}

/**
 * For each lane that has copies, one that waits for room and begins the next copy with it.
 *
 * Room is taken for the lane and not for a copy: so whichever is first when there is room goes first.
 */
export class LanePumps {
  readonly #options: PumpOptions;
  readonly #pumps = new Map<string, Pump>();
  #isStopped = false;

  constructor(options: PumpOptions) {
    this.#options = options;
  }

  /** To be called when a lane has got copies, or has none any more. */
  look(lane: string, parts: LaneParts): void {
    const isWanted = this.#isWanted(lane, parts);
    const pump = this.#pumps.get(lane);
    if (isWanted && pump === undefined) void this.#run(lane, parts);
    const isHastier = pump?.rank === 'usual' && this.#options.copies.rank(lane) === 'urgent';
    if (!isWanted || isHastier) pump?.wait.abort(STOPPED);
  }

  /** The waits begin anew: what they wait for may have changed. */
  restart(): void {
    for (const { wait } of this.#pumps.values()) wait.abort(STOPPED);
  }

  stop(): void {
    this.#isStopped = true;
    this.restart();
  }

  #isWanted(lane: string, parts: LaneParts): boolean {
    return !this.#isStopped && this.#options.copies.has(lane) && this.#options.mayTake(parts);
  }

  async #run(lane: string, parts: LaneParts): Promise<void> {
    const pump: Pump = { wait: new AbortController(), rank: 'usual' };
    this.#pumps.set(lane, pump);
    while (this.#isWanted(lane, parts)) {
      pump.wait = new AbortController();
      const rank = this.#options.copies.rank(lane);
      // A place in the line at which nobody waits would keep others waiting.
      if (rank !== pump.rank) this.#options.permits.leave(lane);
      pump.rank = rank;
      await this.#next(lane, parts, pump.rank, pump.wait.signal);
    }
    this.#pumps.delete(lane);
    this.#options.slots.forget(lane);
    this.#options.permits.leave(lane);
  }

  /** Begins one copy, unless the wait for room was stopped or is to begin anew. */
  async #next(lane: string, parts: LaneParts, rank: Rank, signal: AbortSignal): Promise<void> {
    const { copies, slots, permits, holds, limitsOf, arePausesOver, pausesOver, begin } = this.#options;
    try {
      if (!arePausesOver(parts)) {
        // Its place in the line would keep others waiting.
        permits.leave(lane);
        return await pausesOver(parts, signal);
      }
      const room = await takeRoom({
        lane,
        parts,
        limits: () => limitsOf(parts),
        slots,
        permits,
        holds,
        signal,
        rank,
      });
      const isMeant = rank === 'usual' || copies.rank(lane) === rank;
      const isDue = isMeant && this.#isWanted(lane, parts) && arePausesOver(parts);
      const copy = isDue ? copies.take(lane) : undefined;
      if (copy === undefined) room.leave();
      else begin(copy, room);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}
