import { startScheduler } from '@regfleet/scheduler';
import { counted } from '../output/quantities.ts';
import type { SchedulerFlags } from './flags.ts';
import type { ServiceDeps, ServicePart } from './part.ts';

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
