import {
  type Attempt,
  type CopyConsumerOptions,
  type Holds,
  type LaneLimits,
  type LaneParts,
  type Permits,
  type Rank,
  type Release,
  type Room,
  type Slots,
  type Solitude,
  takeRoom,
} from '@regfleet/fleet';
import type { WorkerConcurrency } from '../jobs/worker-concurrency.ts';
import type { RedisPermits } from '../permits/redis-permits.ts';

const DEFAULT_ROOM_WAIT_MS = 5_000;

export interface LaneRoomDeps {
  readonly lane: string;
  readonly parts: LaneParts;
  readonly options: Pick<CopyConsumerOptions, 'limitsOf' | 'roomWaitMs'>;
  readonly slots: Slots;
  readonly permits: RedisPermits;
  readonly holds: Pick<Holds, 'isHeld' | 'lifted'>;
  /** Of the process. */
  readonly solitude: Solitude;
  /** Whether the lane has jobs that could be taken. */
  hasJobs(): Promise<boolean>;
  /** `most` may be another. */
  onChange(): void;
}

/** A job that asks for room. */
interface Entrant {
  readonly attempt: Attempt;
  readonly rank: Rank;
  readonly concurrency: WorkerConcurrency;
}

type Barrier = Pick<Holds, 'isHeld' | 'lifted'>;

const leavingBoth = (room: Room, leave: Release): Room => ({
  ...room,
  leave() {
    leave();
    room.leave();
  },
});

/**
 * The places for copies of one lane in a process, and how many of its jobs are worth taking.
 *
 * While its registries have no room, one job is in hand besides those that run. When it has waited for a while it is handed back,
 * and no other is taken until there may be room, or else all workers would take and hand back the jobs of a busy registry in turn.
 */
export class LaneRoom {
  readonly #deps: LaneRoomDeps;
  #limits: LaneLimits = {};
  #running = 0;
  /** Left their room a moment ago: BullMQ asks at their end whether to take the next one. */
  #ending = 0;
  /** One job of each rank waits at most. */
  readonly #awaited: Record<Rank, boolean> = { urgent: false, usual: false };
  /** So many are to be in hand, since an urgent one is not; 0: none waits for it. */
  #mostForUrgent = 0;
  /** A copy had to wait once: from then on there is one job in hand besides those that run, and not as many as there may be. */
  #isScarce = false;
  #held: { readonly end: AbortController; readonly rank: Rank } | undefined;

  constructor(deps: LaneRoomDeps) {
    this.#deps = deps;
    this.#askLimits();
  }

  /** How many jobs to have in hand: as many as run, and what is free in the process; at least one, which then waits for its turn. */
  get most(): number {
    const { lane, slots } = this.#deps;
    const { source = Infinity, target = Infinity } = this.#limits;
    const most = Math.min(
      slots.runningOf(lane) + slots.free,
      Math.min(source, target) + 1,
      this.#isScarce ? this.#running + this.#ending + 1 : Infinity,
    );
    return Math.max(1, most, this.#mostForUrgent);
  }

  /** @throws the reason of the attempt's signal: `no-room` after the wait that the options say, or where another job waits already. */
  async take(entrant: Entrant): Promise<Room> {
    const { solitude } = this.#deps;
    for (;;) {
      const room = await this.#take(entrant, this.#barriersOf(entrant));
      const leave = solitude.join('copy', entrant.rank);
      if (leave !== undefined) return leavingBoth(room, leave);
      room.leave();
    }
  }

  /** Room for a copy that nothing else in the process runs beside. It keeps its place while others come to their end. @throws as `take`. */
  async takeAlone(entrant: Entrant): Promise<Room> {
    const { attempt } = entrant;
    const { solitude, holds, parts } = this.#deps;
    const room = await this.#take(entrant, this.#holdsOf(entrant));
    try {
      const leave = await solitude.alone('copy', attempt.signal);
      if (holds.isHeld(parts)) attempt.abort('no-room');
      if (attempt.signal.aborted) leave();
      attempt.signal.throwIfAborted();
      return leavingBoth(room, leave);
    } catch (reason) {
      room.leave();
      throw reason;
    }
  }

  /** To be called from time to time: whether an urgent job waits at the head of the lane, which has no place for more. */
  expectUrgent(isExpected: boolean, takenCount: number): void {
    // One that is in hand has nothing before it.
    const isWanted = isExpected && this.#held?.rank !== 'urgent';
    if (!isWanted && this.#mostForUrgent === 0) return;
    this.#mostForUrgent = isWanted ? takenCount + 1 : 0;
    if (isWanted) this.#held?.end.abort();
    this.#deps.onChange();
  }

  async #take(entrant: Entrant, holds: Barrier): Promise<Room> {
    const { attempt, rank } = entrant;
    const { lane, parts, slots, options } = this.#deps;
    if (rank === 'urgent') this.#mostForUrgent = 0;
    const patience = setTimeout(() => attempt.abort('no-room'), options.roomWaitMs ?? DEFAULT_ROOM_WAIT_MS);
    try {
      const permits = this.#permitsOf(entrant);
      const { signal } = attempt;
      const limits = (): LaneLimits => this.#askLimits();
      const room = await takeRoom({ lane, parts, limits, slots, permits, holds, signal, rank });
      this.#running += 1;
      this.#deps.onChange();
      room.lost?.addEventListener('abort', () => attempt.abort('permit-lost'), { once: true });
      if (room.lost?.aborted) attempt.abort('permit-lost');
      return { ...room, leave: this.#leaving(room) };
    } finally {
      clearTimeout(patience);
    }
  }

  /** To be called when the lane is served no more. */
  stop(): void {
    this.#held?.end.abort();
    this.#deps.permits.leave(this.#deps.parts);
  }

  #askLimits(): LaneLimits {
    const { options, parts } = this.#deps;
    this.#limits = options.limitsOf?.(parts) ?? {};
    return this.#limits;
  }

  #leaving(room: Room): () => void {
    let isThere = true;
    return () => {
      if (isThere) {
        this.#running -= 1;
        // One that waits takes the place: another would be one too many.
        if (!this.#awaited.urgent && !this.#awaited.usual) this.#end();
      }
      isThere = false;
      room.leave();
    };
  }

  #end(): void {
    this.#ending += 1;
    setImmediate(() => {
      this.#ending -= 1;
      this.#deps.onChange();
    });
  }

  #permitsOf(entrant: Entrant): Permits {
    const { permits } = this.#deps;
    return {
      take: (parts, limits, rank) => permits.take(parts, limits, rank),
      announced: (parts, signal, rank) =>
        this.#wait(entrant, (until) => permits.announced(parts, until, rank), signal),
    };
  }

  #holdsOf(entrant: Entrant): Barrier {
    const { holds } = this.#deps;
    return {
      isHeld: (parts) => holds.isHeld(parts),
      lifted: (parts, signal) => {
        const lifted = (until: AbortSignal): Promise<void> => holds.lifted(parts, until);
        return this.#wait(entrant, lifted, signal);
      },
    };
  }

  /** A copy that is alone in the process keeps others waiting as a hold does. */
  #barriersOf(entrant: Entrant): Barrier {
    const { holds, solitude } = this.#deps;
    return {
      isHeld: (parts) => solitude.isClosedTo(entrant.rank) || holds.isHeld(parts),
      lifted: (parts, signal) => {
        const over = async (until: AbortSignal): Promise<void> => {
          await solitude.over(until, entrant.rank);
          if (holds.isHeld(parts)) await holds.lifted(parts, until);
        };
        return this.#wait(entrant, over, signal);
      },
    };
  }

  /** @throws the signal's reason. */
  async #wait(
    { attempt, concurrency, rank }: Entrant,
    over: (signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    if (this.#awaited[rank]) attempt.abort('no-room');
    signal.throwIfAborted();
    this.#awaited[rank] = true;
    // Others would be taken and handed back in turn meanwhile.
    this.#isScarce = true;
    this.#deps.onChange();
    try {
      await over(signal);
    } catch (reason) {
      if (attempt.reason === 'no-room') void this.#hold(concurrency, rank, over);
      throw reason;
    } finally {
      this.#awaited[rank] = false;
    }
  }

  async #hold(
    concurrency: WorkerConcurrency,
    rank: Rank,
    over: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    if (this.#held !== undefined) return;
    const end = new AbortController();
    this.#held = { end, rank };
    const { parts, permits, hasJobs } = this.#deps;
    await concurrency.hold();
    try {
      await over(end.signal);
      // Others have done them meanwhile: the place would be kept from those that have some.
      if (!(await hasJobs())) permits.leave(parts);
    } catch {
      // The lane is left, or Redis does not answer: whoever takes a job finds out.
    }
    this.#held = undefined;
    await concurrency.goOn();
  }
}
