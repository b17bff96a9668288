import type { SyncConfig, Task } from '@regfleet/config';
import { isSyncError, type Logger, RELAY_NAMES, type RelayName, SyncError } from '@regfleet/model';
import { openRelay, type Relay, type RelayOptions } from '@regfleet/relay';

interface RelayDeps {
  readonly logger: Logger;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The relays that work here. One that the config needs and that does not is told with what to install. */
export async function openWorkingRelays(config: SyncConfig, deps: RelayDeps): Promise<Map<RelayName, Relay>> {
  const needed = new Set([config.relay, ...config.tasks.map((task) => task.relay)]);
  const relays = new Map<RelayName, Relay>();
  const failures: SyncError[] = [];
  for (const name of RELAY_NAMES) {
    try {
      relays.set(name, await openRelay(name, relayOptions(config, deps), deps));
    } catch (error) {
      if (!isSyncError(error)) throw error;
      failures.push(error);
      if (needed.has(name))
        deps.logger.error({ relay: name, error }, 'a relay that the config needs does not work here');
      else deps.logger.debug({ relay: name, error }, 'relay does not work here');
    }
  }
  if (relays.size > 0) return relays;
  throw new SyncError('RELAY_UNAVAILABLE', {
    message: `no relay works on this machine: ${failures.map((failure) => failure.message).join('; ')}`,
    hint: failures.map((failure) => failure.hint).join('; '),
  });
}

/** The relays of the tasks, no others. @throws {SyncError} `RELAY_UNAVAILABLE` with what to install. */
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

function relayOptions(config: SyncConfig, deps: RelayDeps): RelayOptions {
  return { direct: {}, skopeo: config.skopeo };
}
