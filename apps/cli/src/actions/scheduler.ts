import type { CommandContext } from '../context.ts';
import { requireRedis } from '../fleet-access.ts';
import type { SchedulerFlags, ServiceFlags } from '../service/flags.ts';
import { runService } from '../service/run-service.ts';
import { SCHEDULER_DOCUMENTS, startSchedulerPart } from '../service/scheduler-part.ts';

/** Runs a scheduler until it is told to stop. */
export function scheduler(context: CommandContext, flags: ServiceFlags & SchedulerFlags): Promise<void> {
  return runService(context, {
    name: 'scheduler',
    flags,
    documents: SCHEDULER_DOCUMENTS,
    redis: async (config) => requireRedis(context, config),
    start: async (deps) => [await startSchedulerPart(deps, flags)],
  });
}
