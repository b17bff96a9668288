import { startLocalRedis } from '@regfleet/runtime';
import type { CommandContext } from '../context.ts';
import { DEFAULT_PREFIX, redisAddress } from '../fleet-access.ts';
import { ownRedisFolders } from '../own-redis.ts';
import {
  EXPANSION_LOCK,
  type ExpansionFlags,
  type ServiceFlags,
  type WorkerFlags,
} from '../service/flags.ts';
import { runService } from '../service/run-service.ts';
import { SCHEDULER_DOCUMENTS, startSchedulerPart } from '../service/scheduler-part.ts';
import { startWorkerPart } from '../service/worker-part.ts';

export type UpFlags = ServiceFlags & WorkerFlags & ExpansionFlags & { readonly state?: string };

/** Runs scheduler and worker in this process until it is told to stop, on a Redis of its own where none is configured. */
export function up(context: CommandContext, flags: UpFlags): Promise<void> {
  const expanding = { ...flags, lock: Math.min(flags.lock, EXPANSION_LOCK) };
  return runService(context, {
    name: 'up',
    flags,
    documents: SCHEDULER_DOCUMENTS,
    redis: async (config, logger) => {
      const { terminal } = context;
      const configured = redisAddress(context, config);
      if (configured !== undefined) {
        logger.info({}, 'a Redis is configured, so none is started');
        return configured;
      }
      const folders = await ownRedisFolders(terminal.env, config.file, flags.state);
      const local = await startLocalRedis({ ...folders, logger });
      if (local.isNoted)
        logger.info({ url: local.url }, 'status, enqueue, copy and plan with this config find this Redis');
      return { url: local.url, prefix: DEFAULT_PREFIX, stop: () => local.stop() };
    },
    start: async (deps) => [await startWorkerPart(deps, flags), await startSchedulerPart(deps, expanding)],
  });
}
