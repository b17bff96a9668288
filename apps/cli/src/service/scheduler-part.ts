import { Webhooks } from '@regfleet/registry';
import { openCopies, startScheduler } from '@regfleet/scheduler';
import { counted } from '../output/quantities.ts';
import type { SchedulerFlags } from './flags.ts';
import type { ServiceDeps, ServicePart } from './part.ts';
import type { ServiceDefinition } from './run-service.ts';

/** What a service with a scheduler tells of its fleet. */
export const SCHEDULER_DOCUMENTS: ServiceDefinition['documents'] = {
  '/scale': ({ lanes }) => openCopies(lanes),
};

/** Starts a scheduler as part of a service. */
export async function startSchedulerPart(deps: ServiceDeps, flags: SchedulerFlags): Promise<ServicePart> {
  const webhooks = new Webhooks(deps.env);
  const scheduler = await startScheduler({
    ...deps,
    id: `${deps.id}-scheduler`,
    fleetwide: { store: deps.fleet, metrics: deps.metrics, webhooks },
    concurrency: flags.expansions,
    lockMs: flags.lock * 1000,
  });
  return {
    reload: (config) => scheduler.reload(config),
    async drain() {
      await scheduler.drain();
      await webhooks.close();
    },
    underWay: () => (scheduler.activeCount === 0 ? [] : [counted(scheduler.activeCount, 'expansion')]),
  };
}
