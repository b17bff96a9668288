import type { RetryPolicy } from '@regfleet/config';
import { type AttemptOptions, type Outages, type RateLimitPauses, withAttempts } from '@regfleet/fleet';
import type { Location, SyncError } from '@regfleet/model';
import type { RegistryClient, RepositoryLister } from '@regfleet/registry';
import { clientWith } from './client-with.ts';
import type { PlanPorts } from './contract.ts';

export interface PortWaits extends Pick<AttemptOptions, 'idle'> {
  readonly pauses: RateLimitPauses;
  /** Waits for registries that are down; absent: that is a failure as any other. */
  readonly outages?: Outages;
  /** Of listings. Comparisons are not repeated: an image whose state is unknown is copied, and copies are. */
  readonly retries: RetryPolicy;
  readonly signal: AbortSignal;
  /** @param what - as a sentence begins: `listing registry/repository`. */
  onRetry(what: string, error: SyncError, delayMs: number): void;
}

const ONE_TRY: RetryPolicy = { attempts: 1, backoffMs: 0, maxBackoffMs: 0 };

/** Ports that wait for registries which say so, or are down, and repeat listings that failed, so that nobody has to expand the task again. */
export function patientPorts(ports: PlanPorts, patience: PortWaits): PlanPorts {
  return {
    client: (location) => patientClient(ports.client(location), location, patience),
    lister: (location) => patientLister(ports.lister(location), location, patience),
    records: ports.records,
  };
}

function patientClient(client: RegistryClient, location: Location, patience: PortWaits): RegistryClient {
  const asking = attemptsOf(location, patience, ONE_TRY);
  return clientWith(client, {
    headManifest: (...question) => withAttempts(asking(), () => client.headManifest(...question)),
    headTarget: (...question) => withAttempts(asking(), () => client.headTarget(...question)),
    getManifest: (...question) => withAttempts(asking(), () => client.getManifest(...question)),
    headBlob: (...question) => withAttempts(asking(), () => client.headBlob(...question)),
    listReferrers: (...question) => withAttempts(asking(), () => client.listReferrers(...question)),
    async *listTags(repository, options) {
      // Whoever asks for a few pages only has another way to find out.
      if (options?.maxPages !== undefined) return yield* client.listTags(repository, options);
      const listing = attemptsOf(location, patience, patience.retries);
      const what = `listing ${location.registry.host}/${repository}`;
      yield* await withAttempts(listing(what), () => Array.fromAsync(client.listTags(repository, options)));
    },
  });
}

function patientLister(lister: RepositoryLister, location: Location, patience: PortWaits): RepositoryLister {
  const listing = attemptsOf(location, patience, patience.retries);
  const what = `listing ${location.registry.text}`;
  return { ...lister, list: (options) => withAttempts(listing(what), () => lister.list(options)) };
}

/** Options of one piece of work after the other at a location. */
function attemptsOf(
  location: Location,
  { pauses, outages, signal, onRetry, idle }: PortWaits,
  retries: RetryPolicy,
): (what?: string) => AttemptOptions {
  const sides = { source: location.registry.host };
  return (what = '') => ({
    kind: 'plan',
    sides,
    pauses,
    retries,
    signal,
    ...(idle !== undefined && { idle }),
    ...(outages !== undefined && { outages: { known: outages, location } }),
    onRetry: (error, delayMs) => onRetry(what, error, delayMs),
  });
}
