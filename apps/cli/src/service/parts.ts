import type { SyncConfig } from '@regfleet/config';
import { isSyncError, type Logger, RELAY_NAMES, type RelayName, SyncError } from '@regfleet/model';
import { openRelay, type Relay, type RelayOptions } from '@regfleet/relay';
import { startScheduler } from '@regfleet/scheduler';
import { startWorker } from '@regfleet/worker';
import type { ExpansionFlags, WorkerFlags } from './flags.ts';
import type { ServiceDeps, ServicePart } from './run-service.ts';

export const startSchedulerPart = (deps: ServiceDeps, flags: ExpansionFlags): Promise<ServicePart> =>
  startScheduler({ ...deps, id: `${deps.id}-scheduler`, concurrency: flags.expansions });

/** @throws {SyncError} `RELAY_UNAVAILABLE` where no relay works on this machine. */
export async function startWorkerPart(deps: ServiceDeps, flags: WorkerFlags): Promise<ServicePart> {
  const relays = await openRelays(deps.config, deps.logger);
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

/** The relays that work here. One that the config needs and that does not is told with what to install. */
async function openRelays(config: SyncConfig, logger: Logger): Promise<Map<RelayName, Relay>> {
  const needed = new Set([config.relay, ...config.tasks.map((task) => task.relay)]);
  const relays = new Map<RelayName, Relay>();
  const failures: SyncError[] = [];
  for (const name of RELAY_NAMES) {
    try {
      relays.set(name, await openRelay(name, relayOptions(config), { logger }));
    } catch (error) {
      if (!isSyncError(error)) throw error;
      failures.push(error);
      if (needed.has(name))
        logger.error({ relay: name, error }, 'a relay that the config needs does not work here');
      else logger.debug({ relay: name, error }, 'relay does not work here');
    }
  }
  if (relays.size > 0) return relays;
  throw new SyncError('RELAY_UNAVAILABLE', {
    message: `no relay works on this machine: ${failures.map((failure) => failure.message).join('; ')}`,
    hint: failures.map((failure) => failure.hint).join('; '),
  });
}

const relayOptions = (config: SyncConfig): RelayOptions => ({
  skopeo: config.skopeo,
});
