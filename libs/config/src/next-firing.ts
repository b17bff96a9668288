import { CronExpressionParser } from 'cron-parser';
import type { Schedule } from './model.ts';

/** When a schedule fires next after `afterMs`, both in epoch milliseconds; an interval is counted from `afterMs`. */
export function nextFiring(schedule: Schedule, afterMs: number): number {
  if (schedule.kind === 'interval') return afterMs + schedule.everyMs;
  const { pattern, timezone } = schedule;
  const options = { currentDate: new Date(afterMs), ...(timezone !== undefined && { tz: timezone }) };
  return CronExpressionParser.parse(pattern, options).next().getTime();
}
