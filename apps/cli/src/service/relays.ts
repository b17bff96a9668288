import type { SyncConfig, Task } from '@regfleet/config';
import { isSyncError, type Logger, RELAY_NAMES, type RelayName, SyncError } from '@regfleet/model';
import { type BlobIndex, openRelay, type Relay, type RelayOptions } from '@regfleet/relay';

interface RelayDeps {
  readonly logger: Logger;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Ends the wait for a daemon that is still starting. */
  readonly signal?: AbortSignal;
  /** What the fleet knows of the targets' blobs; absent where there is no fleet. */
  readonly blobIndex?: BlobIndex;
}

/**
 * The relays that work here: those that the config needs are waited for, the others are taken if they are at hand.
 *
 * @throws {SyncError} `RELAY_UNAVAILABLE` where none works, with what to install.
 */
export async function openWorkingRelays(config: SyncConfig, deps: RelayDeps): Promise<Map<RelayName, Relay>> {
  const needed = new Set(config.tasks.map((task) => task.relay));
  if (config.tasks.length === 0) needed.add(config.relay);
  const openings = RELAY_NAMES.map(async (name) => {
    const isNeeded = needed.has(name);
    try {
      const options = relayOptions(config, { ...deps, waitsForDaemon: isNeeded });
      return { name, relay: await openRelay(name, options, deps) };
    } catch (error) {
      if (!isSyncError(error)) throw error;
      if (isNeeded)
        deps.logger.error({ relay: name, error }, 'a relay that the config needs does not work here');
      else deps.logger.debug({ relay: name, error }, 'relay does not work here');
      return { name, failure: error };
    }
  });
  const opened = await Promise.all(openings);
  const relays = new Map(opened.flatMap(({ name, relay }) => (relay === undefined ? [] : [[name, relay]])));
  if (relays.size > 0) return relays;
  const failures = opened.flatMap(({ failure }) => failure ?? []);
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

function relayOptions(
  { docker, skopeo }: SyncConfig,
  { env, blobIndex, waitsForDaemon = true }: RelayDeps & { waitsForDaemon?: boolean },
): RelayOptions {
  const atOnce = waitsForDaemon ? {} : { startup: { waitMs: 0, intervalMs: 1 } };
  return { direct: { ...(blobIndex && { blobIndex }) }, skopeo, docker: { ...docker, ...atOnce, env } };
}
