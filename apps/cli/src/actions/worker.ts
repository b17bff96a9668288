import type { CommandContext } from '../context.ts';
import { requireRedis } from '../fleet-access.ts';
import type { ServiceFlags, WorkerFlags } from '../service/flags.ts';
import { runService } from '../service/run-service.ts';
import { startWorkerPart } from '../service/worker-part.ts';

/** Runs a worker until it is told to stop. */
export function worker(context: CommandContext, flags: ServiceFlags & WorkerFlags): Promise<void> {
  return runService(context, {
    name: 'worker',
    flags,
    redis: async (config) => requireRedis(context, config),
    start: async (deps) => [await startWorkerPart(deps, flags)],
  });
}
