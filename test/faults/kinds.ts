/** How long a fault of one kind lasts, in milliseconds. */
export interface FaultSpan {
  readonly leastMs: number;
  readonly mostMs: number;
}

const lasts = (leastMs: number, mostMs: number): FaultSpan => ({ leastMs, mostMs });

/** How long workers keep their copies from others, in seconds: what is stopped for longer loses them. */
export const LOCK_SECONDS = 4;

/**
 * What can go wrong, by the part that it happens to. Faults of one part come one after the other, those of
 * different parts whenever they like.
 */
export const FAULT_KINDS = {
  process: {
    'kill -9 of a worker': lasts(500, 3_000),
    'kill -9 of a scheduler': lasts(500, 5_000),
    'a worker stopped beyond its lock': lasts(1_000 * LOCK_SECONDS + 1_000, 1_000 * LOCK_SECONDS + 5_000),
    'a scheduler stopped': lasts(5_000, 18_000),
  },
  redis: {
    'Redis killed': lasts(500, 5_000),
    'Redis out of memory': lasts(3_000, 8_000),
    'Redis silent': lasts(2_000, 7_000),
  },
  source: {
    'source: 429': lasts(1_000, 4_000),
    'source: 500': lasts(1_000, 4_000),
    'source: cut': lasts(2_000, 5_000),
    'source: trickle': lasts(3_000, 8_000),
    'source: hang': lasts(2_000, 8_000),
    'source: delay': lasts(2_000, 6_000),
  },
  target: {
    'target: 429': lasts(1_000, 4_000),
    'target: 500': lasts(1_000, 4_000),
    'target: cut': lasts(2_000, 5_000),
    'target: hang': lasts(2_000, 8_000),
    'target: delay': lasts(2_000, 6_000),
    'target: disk full': lasts(2_000, 6_000),
  },
  operator: {
    'config edited': lasts(2_000, 8_000),
    'task fired again': lasts(500, 1_000),
    'run cancelled': lasts(500, 1_000),
    'task paused': lasts(2_000, 5_000),
    'registry paused': lasts(2_000, 5_000),
    'everything paused at once': lasts(2_000, 4_000),
  },
} as const;

/** What happens to Redis where Sentinel watches over a primary and its replica. */
export const FAIL_OVER_KINDS = {
  'fail-over: primary killed': lasts(4_000, 9_000),
  'fail-over: asked for': lasts(2_000, 5_000),
} as const;

/** Of workers alone, again and again, so that many copies end somewhere in their middle. */
export const KILLS = { 'kill -9 of a worker': lasts(50, 400) } as const;

/** However long they take. */
export const KILL_COUNT = 100;

export const BETWEEN_KILLS_MS = [100, 900] as const;

type KindsOf<Part> = Part extends object ? keyof Part : never;

export type FaultPart = keyof typeof FAULT_KINDS;
export type FaultKind = KindsOf<(typeof FAULT_KINDS)[FaultPart]> | keyof typeof FAIL_OVER_KINDS;
