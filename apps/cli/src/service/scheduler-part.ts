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
  const scheduler = await startScheduler({
    ...deps,
    id: `${deps.id}-scheduler`,
    fleetwide: { store: deps.fleet, metrics: deps.metrics },
    concurrency: flags.expansions,
    lockMs: flags.lock * 1000,
  });
  return {
    reload: (config) => scheduler.reload(config),
    drain: () => scheduler.drain(),
    underWay: () => (scheduler.activeCount === 0 ? [] : [counted(scheduler.activeCount, 'expansion')]),
  };
}
