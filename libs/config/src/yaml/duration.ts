const NANOSECONDS_PER_MS = 1e6;

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1 / NANOSECONDS_PER_MS,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

const AMOUNT = '(?:\\d+(?:\\.\\d*)?|\\.\\d+)(?:ns|us|µs|μs|ms|s|m|h)';

/** What quoted and unquoted durations look like. */
export const DURATION_PATTERN = `^[+-]?(?:0|(?:${AMOUNT})+)$`;
const DURATION = new RegExp(DURATION_PATTERN);
const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;

// Go counts nanoseconds in 64 bits.
const MAX_MS = 2 ** 63 / NANOSECONDS_PER_MS;

/**
 * Milliseconds of a duration in Go's syntax (`1h30m`, `-5m`, `.5s`, `0`); undefined when it is none.
 *
 * @see https://pkg.go.dev/time#ParseDuration
 */
export function parseDuration(text: string): number | undefined {
  if (!DURATION.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(PART)) total += Number(amount) * (UNIT_MS[unit ?? ''] ?? 0);
  if (total > MAX_MS) return undefined;
  return text.startsWith('-') ? -total : total;
}

const DAY_MS = 24 * 3_600_000;

/** The same, and whole days: `90d`. */
export function parseDays(text: string): number | undefined {
  const [, days] = /^(\d{1,5})d$/.exec(text) ?? [];
  return days === undefined ? parseDuration(text) : Number(days) * DAY_MS;
}

/** Milliseconds of a bare number in a duration: Go's type counts nanoseconds. */
export const nanosecondsToMs = (nanoseconds: number): number => nanoseconds / NANOSECONDS_PER_MS;
