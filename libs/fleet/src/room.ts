import type { Holds } from './holds/holds.ts';
import type { LaneParts } from './lanes.ts';
import type { LaneLimits, Permit, Permits } from './permits.ts';
import type { Slots } from './slots.ts';
import type { Rank } from './turns/rank.ts';

/** A place for one copy: a slot of the process, and the permits of its registries. */
export interface Room {
  /** Aborts when the copy has to end; absent: no limit holds for it. */
  readonly lost?: AbortSignal;
  /** Gives all of it back; further calls do nothing. */
  leave(): void;
}

export interface RoomOptions {
  /** Name of the lane. */
  readonly lane: string;
  readonly parts: LaneParts;
  /** Asked for at each try: they may have changed while the copy waits. */
  limits(): LaneLimits;
  readonly slots: Slots;
  readonly permits: Permits;
  readonly holds: Pick<Holds, 'isHeld' | 'lifted'>;
  readonly signal: AbortSignal;
  readonly rank: Rank;
}

/**
 * Takes slot and permits together, or holds none while it waits: a lane whose registry is busy keeps no slot from others, and one
 * that finds no slot no permit.
 *
 * @throws the signal's reason.
 */
export async function takeRoom(options: RoomOptions): Promise<Room> {
  const { parts, permits, holds, signal, rank } = options;
  for (;;) {
    if (holds.isHeld(parts)) await holds.lifted(parts, signal);
    const room = await tryToTake(options);
    if (room === undefined) await permits.announced(parts, signal, rank);
    else if (!holds.isHeld(parts)) return unlessTooLate(room, signal);
    // Somebody holds it since.
    else room.leave();
  }
}

/** It may have been told to stop while the store was asked. @throws the signal's reason. */
function unlessTooLate(room: Room, signal: AbortSignal): Room {
  if (signal.aborted) room.leave();
  signal.throwIfAborted();
  return room;
}

/** Absent: there is a slot, and no permit. */
async function tryToTake(options: RoomOptions): Promise<Room | undefined> {
  const { lane, parts, slots, permits, signal, rank } = options;
  const leave = await slots.acquire(lane, signal, rank);
  const limits = options.limits();
  if (limits.source === undefined && limits.target === undefined) return { leave };
  let permit: Permit | undefined;
  try {
    permit = await permits.take(parts, limits, rank);
  } finally {
    if (permit === undefined) leave();
  }
  return permit && both(permit, leave);
}

const both = (permit: Permit, leave: () => void): Room => ({
  lost: permit.lost,
  leave() {
    permit.release();
    leave();
  },
});
