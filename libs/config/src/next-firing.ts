import { nextCronFiring } from '@regfleet/model';
import type { Schedule } from './model.ts';

/** When a schedule fires next after `afterMs`, both in epoch milliseconds; an interval is counted from `afterMs`. */
export function nextFiring(schedule: Schedule, afterMs: number): number {
  return schedule.kind === 'interval' ? afterMs + schedule.everyMs : nextCronFiring(schedule, afterMs);
}
