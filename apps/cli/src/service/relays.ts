import type { SyncConfig, Task } from '@regfleet/config';
import type { RelayName } from '@regfleet/model';
import { openRelay, type Relay, type RelayDeps } from '@regfleet/relay';

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
  return openRelay(name, config, { ...deps, startup: { waitMs: 0, intervalMs: 1 } });
}

/** The relays of the tasks, no others; a docker daemon is waited for. @throws {SyncError} `RELAY_UNAVAILABLE` with what to install. */
export async function openNeededRelays(
  config: SyncConfig,
  tasks: readonly Task[],
  deps: RelayDeps,
): Promise<Map<RelayName, Relay>> {
  const relays = new Map<RelayName, Relay>();
  for (const name of new Set(tasks.map((task) => task.relay))) {
    relays.set(name, await openRelay(name, config, deps));
  }
  return relays;
}
