import { nextCronFiring } from '@regfleet/model';
import type { RepeatOptions } from 'bullmq';

/**
 * When BullMQ plans the next job of a cron schedule: its own choice leaves days out and gives up where clocks change.
 *
 * @throws {Error} for what is no cron expression: of the upsert, or told by the worker.
 */
export function repeatStrategy(afterMs: number, { pattern = '', tz }: RepeatOptions): number {
  return nextCronFiring({ pattern, timezone: tz }, afterMs);
}
