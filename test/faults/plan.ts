import {
  BETWEEN_KILLS_MS,
  FAIL_OVER_KINDS,
  FAULT_KINDS,
  type FaultKind,
  type FaultPart,
  type FaultSpan,
  KILL_COUNT,
  KILLS,
} from './kinds.ts';
import { Random } from './random.ts';

/** `exact`: Redis keeps what it acknowledged. `fail-over`: it may lose the last of it. `kills`: workers are killed, and nothing else happens. */
export type Variant = 'exact' | 'fail-over' | 'kills';

export interface PlanOptions {
  readonly seed: number;
  readonly variant: Variant;
  /** For how long faults happen. */
  readonly durationMs: number;
  /** Names of tasks to be fired, each once; those of a group together. */
  readonly tasks: readonly (readonly string[])[];
}

export interface PlannedFault {
  readonly kind: FaultKind;
  readonly part: FaultPart;
  readonly atMs: number;
  readonly forMs: number;
  /** At least 0, less than 1: whom of several it meets, and how hard. */
  readonly choice: number;
}

export interface PlannedFiring {
  readonly tasks: readonly string[];
  readonly atMs: number;
}

/** What happens when, from the beginning of a trial. */
export interface Plan extends Omit<PlanOptions, 'tasks'> {
  readonly firings: readonly PlannedFiring[];
  /** By time. */
  readonly faults: readonly PlannedFault[];
}

// Between two faults of one part there is some time in which work goes on.
const GAP_MS: Readonly<Record<FaultPart, readonly [number, number]>> = {
  process: [3_000, 8_000],
  redis: [8_000, 16_000],
  source: [3_000, 9_000],
  target: [3_000, 9_000],
  operator: [4_000, 10_000],
};

// The last tasks have some of the faults before them, too.
const FIRED_WITHIN = 0.7;

/** The same options make the same plan. */
export function makePlan({ tasks, ...options }: PlanOptions): Plan {
  const { seed, durationMs } = options;
  const spreadMs = (FIRED_WITHIN * durationMs) / Math.max(1, tasks.length);
  const firings = new Random(seed)
    .shuffled(tasks)
    .map((group, place) => ({ tasks: group, atMs: Math.round(place * spreadMs) }));
  const parts = options.variant === 'kills' ? ONLY_PROCESSES : (Object.keys(FAULT_KINDS) as FaultPart[]);
  const faults = parts.flatMap((part, place) =>
    faultsOf(part, new Random(seed + 7919 * (place + 1)), options),
  );
  return { ...options, firings, faults: faults.sort((a, b) => a.atMs - b.atMs) };
}

const ONLY_PROCESSES: readonly FaultPart[] = ['process'];

/** What may happen to a part, and what time is between two of them. */
function spansOf(
  part: FaultPart,
  variant: Variant,
): readonly [Readonly<Record<string, FaultSpan>>, readonly [number, number]] {
  if (variant === 'kills') return [KILLS, BETWEEN_KILLS_MS];
  return [part === 'redis' && variant === 'fail-over' ? FAIL_OVER_KINDS : FAULT_KINDS[part], GAP_MS[part]];
}

function faultsOf(
  part: FaultPart,
  random: Random,
  { variant, durationMs }: Omit<PlanOptions, 'tasks'>,
): PlannedFault[] {
  const [spans, [leastGapMs, mostGapMs]] = spansOf(part, variant);
  const faults: PlannedFault[] = [];
  let atMs = random.between(1_000, leastGapMs + 1_000);
  for (;;) {
    // Each kind once before one comes again.
    for (const [kind, { leastMs, mostMs }] of random.shuffled(Object.entries(spans))) {
      const forMs = random.between(leastMs, mostMs);
      if (variant === 'kills' ? faults.length >= KILL_COUNT : atMs + forMs > durationMs) return faults;
      faults.push({ kind: kind as FaultKind, part, atMs, forMs, choice: random.next() });
      atMs += forMs + random.between(leastGapMs, mostGapMs);
    }
  }
}
