import { nextCronFiring } from '@regfleet/model';
import type { Schedule } from '../model.ts';
import type { TaskSection } from '../schema/config.ts';
import { CATCH_UPS, MAX_INTERVAL_S, MIN_INTERVAL_S } from '../schema/task.ts';
import { placeOf, type Sourced } from '../yaml/sourced.ts';
import type { ParseContext } from './context.ts';

const DEFAULT_TIMEZONE = 'UTC';

/** When a task runs; undefined: once at start. */
export function readSchedule(task: TaskSection, context: ParseContext): Schedule | undefined {
  const times = readTimes(task, context);
  const catchUp = readCatchUp(task, times !== undefined, context);
  return times && { ...times, ...(catchUp === 'none' && { catchUp }) };
}

function readTimes(task: TaskSection, context: ParseContext): Schedule | undefined {
  const everyMs = readInterval(task, context);
  const schedule = task.fields.schedule;
  const isCron = schedule !== undefined && schedule.value !== '';
  const timezone = readTimezone(task, isCron, context);
  if (!isCron) return everyMs === 0 ? undefined : { kind: 'interval', everyMs };
  if (everyMs !== 0) {
    context.report.error(schedule.at, {
      rule: 'schedule-and-interval',
      message: 'both schedule and interval are given',
      hint: 'remove one of them',
    });
  }
  checkPattern(schedule, timezone, context);
  return { kind: 'cron', pattern: schedule.value.trim(), timezone };
}

/** Milliseconds; 0: none. */
function readInterval(task: TaskSection, { report }: ParseContext): number {
  const interval = task.fields.interval;
  if (interval === undefined) return 0;
  if (interval.value < 0) {
    report.error(interval.at, {
      rule: 'interval-negative',
      message: `interval must be 0 or positive, not ${interval.value}`,
      hint: 'write 0, or leave it out, for one run at start',
    });
  } else if (interval.value > 0 && interval.value < MIN_INTERVAL_S) {
    report.error(interval.at, {
      rule: 'interval-too-short',
      message: `interval must be at least ${MIN_INTERVAL_S} seconds, not ${interval.value}`,
      hint: `write ${MIN_INTERVAL_S} or more seconds, or 0 for one run at start`,
    });
  } else if (interval.value > MAX_INTERVAL_S) {
    report.error(interval.at, {
      rule: 'interval-too-long',
      message: `interval must be at most ${MAX_INTERVAL_S} seconds, a hundred years, not ${interval.value}`,
      hint: 'write 0 for one run at start',
    });
  }
  return interval.value * 1000;
}

function readTimezone(task: TaskSection, isCron: boolean, { report }: ParseContext): string {
  const timezone = task.fields.timezone;
  if (timezone === undefined || timezone.value === '') return DEFAULT_TIMEZONE;
  if (!isTimezone(timezone.value)) {
    report.error(timezone.at, {
      rule: 'timezone-unknown',
      message: `"${timezone.value}" is not an IANA time zone`,
      hint: 'write a name such as Europe/Berlin or UTC',
    });
    return DEFAULT_TIMEZONE;
  }
  if (!isCron) {
    report.warning(placeOf(task, 'timezone'), {
      rule: 'timezone-unused',
      message: 'timezone has no effect without schedule',
      hint: 'an interval is counted from the start of the process',
    });
  }
  return timezone.value;
}

function readCatchUp(task: TaskSection, isPeriodic: boolean, { report }: ParseContext): string | undefined {
  const catchUp = task.fields['catch-up'];
  if (catchUp === undefined || catchUp.value === '') return undefined;
  if (!CATCH_UPS.includes(catchUp.value)) {
    report.error(catchUp.at, {
      rule: 'catch-up-unknown',
      message: `"${catchUp.value}" does not say what becomes of missed firings`,
      hint: `write ${CATCH_UPS.join(' or ')}`,
    });
  } else if (!isPeriodic) {
    report.warning(placeOf(task, 'catch-up'), {
      rule: 'catch-up-unused',
      message: 'catch-up has no effect without schedule or interval',
      hint: 'a task without them runs once at each start',
    });
  }
  return catchUp.value;
}

function isTimezone(name: string): boolean {
  // Offsets such as +01:00 are accepted by Intl, but are no IANA names.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

const CRON_HINT =
  'write 5 fields, minute hour day-of-month month day-of-week, or 6 with seconds first, e.g. 0 3 * * *';

function checkPattern(schedule: Sourced<string>, timezone: string, { report }: ParseContext): void {
  const why = whatIsWrong(schedule.value.trim(), timezone);
  if (why === undefined) return;
  report.error(schedule.at, {
    rule: 'schedule-invalid',
    message: `"${schedule.value}" is not a cron expression: ${why}`,
    hint: CRON_HINT,
  });
}

function whatIsWrong(pattern: string, timezone: string): string | undefined {
  const fields = pattern.split(/\s+/);
  if (fields.length < 5 || fields.length > 6) return `5 or 6 fields expected, found ${fields.length}`;
  // H is a random number that differs in every process.
  if (fields.some((field) => /^H|[,/]H/i.test(field))) return 'H is not supported';
  try {
    // The date only has to be the same everywhere: it decides nothing but whether there is a next firing.
    nextCronFiring({ pattern, timezone }, 0);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
