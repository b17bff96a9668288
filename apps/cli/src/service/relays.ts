import type { SyncConfig, Task } from '@regfleet/config';
import type { Logger, RelayName } from '@regfleet/model';
import { type BlobIndex, openRelay, type Relay } from '@regfleet/relay';

export interface RelayDeps {
  readonly logger: Logger;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Ends the wait for a daemon that is still starting. */
  readonly signal?: AbortSignal;
  /** What the fleet knows of the targets' blobs; absent where there is no fleet. */
  readonly blobIndex?: BlobIndex;
}

/** What of a config says which relays it needs. */
export interface RelayNeeds {
  readonly relay: RelayName;
  readonly tasks: readonly { readonly relay: RelayName }[];
}

/** The relays that a worker cannot do without. */
export function neededRelays({ tasks, relay }: RelayNeeds): ReadonlySet<RelayName> {
  return new Set(tasks.length === 0 ? [relay] : tasks.map((task) => task.relay));
}

/** A relay, if it works at this moment. @throws {SyncError} `RELAY_UNAVAILABLE` with what to install. */
export function openAtOnce(name: RelayName, config: SyncConfig, deps: RelayDeps): Promise<Relay> {
  const options = relayOptions(config, deps);
  const docker = { ...options.docker, startup: { waitMs: 0, intervalMs: 1 } };
  return openRelay(name, { ...options, docker }, deps);
}

/** The relays of the tasks, no others; a docker daemon is waited for. @throws {SyncError} `RELAY_UNAVAILABLE` with what to install. */
export async function openNeededRelays(
  config: SyncConfig,
  tasks: readonly Task[],
  deps: RelayDeps,
): Promise<Map<RelayName, Relay>> {
  const relays = new Map<RelayName, Relay>();
  for (const name of new Set(tasks.map((task) => task.relay))) {
    relays.set(name, await openRelay(name, relayOptions(config, deps), deps));
  }
  return relays;
}

function relayOptions({ docker, skopeo }: SyncConfig, { env, blobIndex }: RelayDeps) {
  return { direct: { ...(blobIndex && { blobIndex }) }, skopeo, docker: { ...docker, env } };
}
