import type { LaneParts } from './lanes.ts';
import type { Rank } from './turns/rank.ts';

/**
 * Whoever has waited for so long gets the next places, whatever pool they are in: who needs one of each side may never find both
 * free at once beside others that need one only.
 */
export const RESERVES_AFTER_MS = 30_000;

/** How many copies may be under way at once in the whole fleet, whatever their relay. */
export interface LaneLimits {
  /** Copies from the source registry of the lane; absent: any number. */
  readonly source?: number;
  /** Copies to its target registry; absent: any number. */
  readonly target?: number;
}

/** The right to have one copy under way. */
export interface Permit {
  /** Aborts when the right has gone to somebody else, since its holder was silent for too long: the copy has to end. */
  readonly lost: AbortSignal;
  /** Gives it back; further calls do nothing. */
  release(): void;
}

/**
 * The limits of registries, as one store holds them.
 *
 * A registry has two pools: of copies that read it, and of copies that write to it. A copy takes one of each side, or none. Who
 * gets none stands in line: urgent copies first, else first come first served, but for those whom the other side lets not pass.
 */
export interface Permits {
  /**
   * @param rank - those that are urgent stand in line before the others; default `usual`.
   * @returns absent: not now; the process stands in line for that lane and rank from then on.
   */
  take(lane: LaneParts, limits: LaneLimits, rank?: Rank): Promise<Permit | undefined>;
  /** Resolves when another `take` of the lane may succeed. @throws the signal's reason. */
  announced(lane: LaneParts, signal: AbortSignal, rank?: Rank): Promise<void>;
}
