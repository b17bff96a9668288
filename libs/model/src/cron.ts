import { createRequire } from 'node:module';
import type { CronExpression } from 'cron-parser';

export interface CronSchedule {
  /** 5 fields, or 6 with seconds first. */
  readonly pattern: string;
  /** IANA name; absent: UTC. */
  readonly timezone?: string | undefined;
}

const requireHere = createRequire(import.meta.url);

const DAY_MS = 24 * 60 * 60 * 1000;
const HOURS = 24;

/** Loaded for the first schedule: many commands and configs have none, and it brings a library of dates along. */
function wallTimesOf(pattern: string, afterMs: number): CronExpression {
  const { CronExpressionParser }: typeof import('cron-parser') = requireHere('cron-parser');
  // In UTC no time is skipped or repeated: there the library neither leaves a day out nor gives up.
  return CronExpressionParser.parse(pattern, { tz: 'UTC', currentDate: new Date(afterMs) });
}

/**
 * When a cron expression fires next after `afterMs`, both in epoch milliseconds. Everything that asks this asks here.
 *
 * A time of day that clocks skip when they are put forward fires once, by as much later as they were put forward. One that they
 * show twice fires at the first time only, unless the expression fires in every hour of the day. So when it fires does not depend
 * on when it is asked.
 *
 * @throws {Error} of the library for what is no cron expression, or one that never fires.
 */
export function nextCronFiring({ pattern, timezone = 'UTC' }: CronSchedule, afterMs: number): number {
  const clock = wallClock(timezone);
  const [least] = offsetsAbout(clock, afterMs);
  const wallTimes = wallTimesOf(pattern, afterMs + least);
  const isHourly = wallTimes.fields.hour.values.length === HOURS;
  for (let nextMs = Number.POSITIVE_INFINITY; ; ) {
    const wallMs = wallTimes.next().getTime();
    const [leastHere, mostHere] = offsetsAbout(clock, wallMs - least);
    // No later time of day fires sooner than this one could.
    if (wallMs - mostHere >= nextMs) return nextMs;
    const shown = [wallMs - mostHere, wallMs - leastHere].filter((ms) => clock(ms) === wallMs);
    const [first = wallMs - leastHere] = shown;
    for (const ms of isHourly ? [first, ...shown] : [first]) if (ms > afterMs) nextMs = Math.min(nextMs, ms);
    if (leastHere === mostHere && nextMs < Number.POSITIVE_INFINITY) return nextMs;
  }
}

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

/** The least and the greatest difference between a clock and UTC within a day of an instant. */
function offsetsAbout(clock: WallClock, instantMs: number): readonly [number, number] {
  // Of whole seconds, as clocks show.
  const wholeMs = Math.floor(instantMs / 1000) * 1000;
  const offsets = [wholeMs - DAY_MS, wholeMs + DAY_MS].map((ms) => clock(ms) - ms);
  return [Math.min(...offsets), Math.max(...offsets)];
}
