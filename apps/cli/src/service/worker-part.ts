import { startWorker } from '@regfleet/worker';
import type { WorkerFlags } from './flags.ts';
import type { ServiceDeps, ServicePart } from './part.ts';
import { openWorkingRelays } from './relays.ts';

/** Starts a worker as part of a service. @throws {SyncError} `RELAY_UNAVAILABLE` where no relay works on this machine. */
export async function startWorkerPart(deps: ServiceDeps, flags: WorkerFlags): Promise<ServicePart> {
  const relays = await openWorkingRelays(deps.config, { ...deps, blobIndex: deps.fleet.blobs });
  const worker = await startWorker({
    ...deps,
    relays,
    concurrency: flags.concurrency,
    lockMs: flags.lock * 1000,
  });
  return {
    reload: (config) => worker.reload(config),
    async drain() {
      await worker.drain();
      await Promise.all([...relays.values()].map((relay) => relay.close()));
    },
  };
}
