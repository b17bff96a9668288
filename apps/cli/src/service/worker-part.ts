import { copyLog, startWorker } from '@regfleet/worker';
import type { WorkerFlags } from './flags.ts';
import type { ServiceDeps, ServicePart } from './part.ts';
import { openAtOnce } from './relays.ts';
import { WorkerRelays } from './worker-relays.ts';

/** Starts a worker as part of a service. It takes what its relays can copy, and looks for those that it lacks. */
export async function startWorkerPart(deps: ServiceDeps, flags: WorkerFlags): Promise<ServicePart> {
  const { config } = deps;
  const relays = new WorkerRelays({
    ...deps,
    open: (name) => openAtOnce(name, config, { ...deps, blobIndex: deps.fleet.blobs }),
  });
  const worker = await startWorker({
    ...deps,
    processes: deps.fleet.processes,
    listener: (current) => copyLog(deps, current),
    relays: await relays.open(),
    concurrency: flags.concurrency,
    lockMs: flags.lock * 1000,
  });
  relays.search((relay) => worker.addRelay(relay));
  return {
    reload(next) {
      relays.reload(next);
      worker.reload(next);
    },
    troubles: () => relays.troubles(),
    async drain() {
      await worker.drain();
      await relays.close();
    },
  };
}
