import type { CommandContext } from '../context.ts';
import { requireRedis } from '../fleet-access.ts';
import type { ExpansionFlags, ServiceFlags } from '../service/flags.ts';
import { runService } from '../service/run-service.ts';
import { startSchedulerPart } from '../service/scheduler-part.ts';

/** Runs a scheduler until it is told to stop. */
export function scheduler(context: CommandContext, flags: ServiceFlags & ExpansionFlags): Promise<void> {
  return runService(context, {
    name: 'scheduler',
    flags,
    redis: async (config) => requireRedis(context, config),
    start: async (deps) => [await startSchedulerPart(deps, flags)],
  });
}
