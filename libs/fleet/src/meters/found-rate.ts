type FoundChange = 'raised' | 'lowered' | 'probed';

/** How many requests a second a registry has been found to take that nobody has given a rate for: by what it refused. */
export interface FoundRate {
  readonly perSecond: number;
  /** What was refused, less some: above it only one probe is made now and then. Absent: not found yet. */
  readonly ceiling?: number;
  /** The way of the last change; `probed`: above what was refused. */
  readonly was: FoundChange;
}

// Below the limits of requests a second that are known; it is half as much again every second.
const FIRST_PER_SECOND = 8;
const LEAST_PER_SECOND = 1;
/** What is above this is no limit. */
export const MOST_PER_SECOND = 10_000;
const START_FACTOR = 1.5;
const STEPS_TO_CEILING = 20;

// By so much less than what was refused, which is more than what is taken by about as much.
const BELOW_REFUSED = 0.87;
// One that came late is refused now and then at a rate that is taken.
const BELOW_CEILING = 0.97;
const PROBE_FACTOR = 1.1;

const RAISE_AFTER_MS = 1_000;
const PROBE_AFTER_MS = 5 * 60_000;
// Those that were under way together are refused together.
const SETTLES_AFTER_MS = 1_000;
// What nothing was refused of for so long is taken.
const HOLDS_AFTER_MS = 10_000;

/** @param sinceMs - how long ago it was changed. @returns absent: it stays. */
export function raisedRate({ perSecond, ceiling, was }: FoundRate, sinceMs: number): FoundRate | undefined {
  if (sinceMs < RAISE_AFTER_MS) return undefined;
  const raised = (to: number, bound?: number, change: FoundChange = 'raised'): FoundRate => ({
    perSecond: Math.min(MOST_PER_SECOND, rounded(to)),
    ...(bound !== undefined && { ceiling: Math.min(MOST_PER_SECOND, rounded(bound)) }),
    was: change,
  });
  if (ceiling === undefined)
    return perSecond < MOST_PER_SECOND ? raised(perSecond * START_FACTOR) : undefined;
  if (perSecond < ceiling) return raised(Math.min(ceiling, perSecond + ceiling / STEPS_TO_CEILING), ceiling);
  // A ceiling that gives way was none: what was refused there was refused for something else, as for a server's bad minute.
  const hasGivenWay = was === 'probed' && sinceMs >= HOLDS_AFTER_MS && perSecond < MOST_PER_SECOND;
  if (!hasGivenWay && sinceMs < PROBE_AFTER_MS) return undefined;
  const probed = perSecond * (hasGivenWay ? START_FACTOR : PROBE_FACTOR);
  return raised(probed, probed, 'probed');
}

/** After a refusal. @param rate - absent: none was found so far. @returns absent: it stays. */
export function loweredRate(rate: FoundRate | undefined, sinceMs: number): FoundRate | undefined {
  if (rate === undefined) return { perSecond: FIRST_PER_SECOND, was: 'lowered' };
  const { perSecond, ceiling, was } = rate;
  if (was === 'lowered' && sinceMs < SETTLES_AFTER_MS) return undefined;
  // Far too much, as a start is that goes up by leaps: what is between is gone through in small steps.
  if (ceiling === undefined) {
    const lowered = Math.max(LEAST_PER_SECOND, rounded(perSecond / START_FACTOR));
    return { perSecond: lowered, ceiling: rounded(perSecond), was: 'lowered' };
  }
  const wasTaken = perSecond >= ceiling && sinceMs > HOLDS_AFTER_MS;
  const bound = perSecond * (wasTaken ? BELOW_CEILING : BELOW_REFUSED);
  const next = Math.max(LEAST_PER_SECOND, rounded(bound));
  return { perSecond: next, ceiling: next, was: 'lowered' };
}

const rounded = (rate: number): number => Math.round(rate * 1000) / 1000;

const CHANGES: readonly FoundChange[] = ['raised', 'lowered', 'probed'];
const TEXT = /^(\d{1,5}(?:\.\d{1,3})?)\/(\d{1,5}(?:\.\d{1,3})?)?\/(raised|lowered|probed)$/;

/** Without blanks. */
export const rateText = ({ perSecond, ceiling, was }: FoundRate): string =>
  `${perSecond}/${ceiling ?? ''}/${was}`;

/** Absent for what `rateText` does not make. */
export function parseRate(text: string): FoundRate | undefined {
  const [, perSecond, ceiling, was] = TEXT.exec(text) ?? [];
  const change = CHANGES.find((known) => known === was);
  if (change === undefined || Number(perSecond) < LEAST_PER_SECOND) return undefined;
  return {
    perSecond: Number(perSecond),
    ...(ceiling !== undefined && { ceiling: Number(ceiling) }),
    was: change,
  };
}
