import { CronExpressionParser } from 'cron-parser';

export interface CronSchedule {
  /** 5 fields, or 6 with seconds first. */
  readonly pattern: string;
  /** IANA name; absent: UTC. */
  readonly timezone?: string | undefined;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * When a cron expression fires next after `afterMs`, both in epoch milliseconds. Everything that asks this asks here.
 *
 * A time of day that clocks skip when they are put forward fires once, by as much later as they were put forward.
 *
 * @throws {Error} of the library for what is no cron expression, or one that never fires.
 */
export function nextCronFiring(schedule: CronSchedule, afterMs: number): number {
  const { pattern, timezone = 'UTC' } = schedule;
  const clock = wallClock(timezone);
  // In UTC no time is skipped or repeated: there the library neither leaves a day out nor gives up.
  const wallNowMs = clock(afterMs);
  const wallMs = nextIn(pattern, 'UTC', wallNowMs);
  const { ms, isSkipped } = instantOf(wallMs, clock, afterMs);
  // What fires once a day does so although the clock shows that time twice; what fires every hour goes on.
  if (wallMs - wallNowMs >= DAY_MS) return ms;
  let librarysMs: number;
  try {
    librarysMs = nextIn(pattern, timezone, afterMs);
  } catch {
    return ms;
  }
  return isSkipped ? Math.min(ms, librarysMs) : librarysMs;
}

const nextIn = (pattern: string, tz: string, afterMs: number): number =>
  CronExpressionParser.parse(pattern, { tz, currentDate: new Date(afterMs) })
    .next()
    .getTime();

/** What the clock on a wall shows at an instant, as the instant at which a clock in UTC shows the same. */
type WallClock = (instantMs: number) => number;

function wallClock(timezone: string): WallClock {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (instantMs) => {
    const parts = new Map(format.formatToParts(instantMs).map(({ type, value }) => [type, Number(value)]));
    const [year = 0, month = 1, day, hour, minute, second] = (
      ['year', 'month', 'day', 'hour', 'minute', 'second'] as const
    ).map((type) => parts.get(type));
    return Date.UTC(year, month - 1, day, hour, minute, second);
  };
}

/** The first instant after `afterMs` at which the clock shows `wallMs`; where it skips that, as much later as it jumps. */
function instantOf(
  wallMs: number,
  clock: WallClock,
  afterMs: number,
): { readonly ms: number; readonly isSkipped: boolean } {
  const before = wallMs - offsetAt(clock, wallMs - DAY_MS);
  const behind = wallMs - offsetAt(clock, wallMs + DAY_MS);
  const [shown] = [before, behind]
    .filter((instantMs) => instantMs > afterMs && clock(instantMs) === wallMs)
    .sort((a, b) => a - b);
  return shown === undefined ? { ms: before, isSkipped: true } : { ms: shown, isSkipped: false };
}

const offsetAt = (clock: WallClock, instantMs: number): number => clock(instantMs) - instantMs;
