import { type FleetBlobs, Leases } from '@regfleet/fleet';
import type { Metrics } from '@regfleet/runtime';
import { copyLog, LeftUploads, startWorker } from '@regfleet/worker';
import { counted } from '../output/quantities.ts';
import { LEAST_COPIES, type WorkerFlags } from './flags.ts';
import type { ServiceDeps, ServicePart } from './part.ts';
import { openAtOnce } from './relays.ts';
import { WorkerRelays } from './worker-relays.ts';

/** Starts a worker as part of a service. It takes what its relays can copy, and looks for those that it lacks. */
export async function startWorkerPart(deps: ServiceDeps, flags: WorkerFlags): Promise<ServicePart> {
  const { config, fleet, logger } = deps;
  let current = config;
  const relays = new WorkerRelays({
    ...deps,
    open: (name) =>
      openAtOnce(name, config, {
        ...deps,
        blobIndex: countedLookups(deps.fleet.blobs, deps.metrics),
        subjectLeases: new Leases({ store: fleet.leases }),
      }),
  });
  const opened = await relays.open();
  const concurrency = deps.traffic.copyWidth(flags.concurrency, LEAST_COPIES.worker);
  const worker = await startWorker({
    ...deps,
    processes: deps.fleet.processes,
    listener: (current) => copyLog(deps, current),
    relays: opened,
    concurrency,
    lockMs: flags.lock * 1000,
  });
  const leftUploads = new LeftUploads({
    uploads: fleet.uploads,
    registries: deps.registries,
    config: () => current,
    logger,
  });
  leftUploads.lookEvery(flags.lock * 500, () => fleet.isAnswering);
  logger.info(
    { relays: [...opened.keys()], concurrency: flags.concurrency ?? 'found out' },
    'worker takes copies',
  );
  relays.search((relay) => {
    worker.addRelay(relay);
    logger.info({ relay: relay.name }, 'worker takes copies of another relay');
  });
  return {
    reload(next) {
      current = next;
      relays.reload(next);
      worker.reload(next);
    },
    underWay: () => (worker.activeCount === 0 ? [] : [counted(worker.activeCount, 'image')]),
    troubles: () => relays.troubles(),
    async drain() {
      await Promise.all([worker.drain(), leftUploads.stop()]);
      await relays.close();
    },
  };
}

/** The index of the fleet, each question to which is counted. */
const countedLookups = (blobs: FleetBlobs, metrics: Pick<Metrics, 'blobsLookedUp'>): FleetBlobs => ({
  add: (...blob) => blobs.add(...blob),
  drop: (...blob) => blobs.drop(...blob),
  async holders(registry, digests) {
    const known = await blobs.holders(registry, digests);
    metrics.blobsLookedUp({ asked: digests.length, hits: known.size });
    return known;
  },
});
