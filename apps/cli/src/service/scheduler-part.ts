import { startScheduler } from '@regfleet/scheduler';
import type { SchedulerFlags } from './flags.ts';
import type { ServiceDeps, ServicePart } from './part.ts';

/** Starts a scheduler as part of a service. */
export const startSchedulerPart = (deps: ServiceDeps, flags: SchedulerFlags): Promise<ServicePart> =>
  startScheduler({
    ...deps,
    id: `${deps.id}-scheduler`,
    fleetwide: { store: deps.fleet, metrics: deps.metrics },
    concurrency: flags.expansions,
    lockMs: flags.lock * 1000,
  });
