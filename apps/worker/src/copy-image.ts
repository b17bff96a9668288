import { locationFor, type SyncConfig } from '@regfleet/config';
import {
  type CopyProgress,
  type CopyRequest,
  type CopyResult,
  formatReference,
  type Location,
  type Logger,
  type RelayName,
  registryHost,
  type Side,
  SyncError,
} from '@regfleet/model';
import { recordKey } from '@regfleet/planner';
import type { SyncRecords } from '@regfleet/queue';
import type { Registries } from '@regfleet/registry';
import type { CopySide, Relay } from '@regfleet/relay';

export interface CopyImageDeps {
  readonly registries: Registries;
  readonly relays: ReadonlyMap<RelayName, Relay>;
  readonly records: Pick<SyncRecords, 'set'>;
  readonly logger: Logger;
}

/** Copies one image with its relay and remembers what was copied, so that the next run can tell it is in sync. */
export async function copyImage(
  request: CopyRequest,
  config: SyncConfig,
  deps: CopyImageDeps,
  run: { signal: AbortSignal; onProgress?: (progress: CopyProgress) => void },
): Promise<CopyResult> {
  const relay = deps.relays.get(request.relay);
  if (relay === undefined) throw relayMissing(request);
  const task = config.tasks.find((candidate) => candidate.id === request.task);
  const source = sideLocation(config, request, 'source');
  const target = sideLocation(config, request, 'target');
  await deps.registries.ensureRepository(target, request.target.repository, { signal: run.signal });
  const result = await relay.copy(request, {
    source: copySide(source, deps.registries),
    target: copySide(target, deps.registries),
    signal: run.signal,
    logger: deps.logger,
    verbose: task?.verbose ?? false,
    ...(run.onProgress !== undefined && { onProgress: run.onProgress }),
  });
  const sourceDigest = result.sourceDigest ?? request.sourceDigest;
  if (sourceDigest !== undefined) {
    const { targetDigest } = result;
    await deps.records.set(recordKey(request), {
      sourceDigest,
      targetDigest,
      syncedAtMs: Date.now(),
      relay: relay.name,
    });
  }
  return result;
}

/**
 * How a side of the request is reached: as the named task says when it speaks of that registry, else as `registries.<host>` does.
 */
function sideLocation(config: SyncConfig, request: CopyRequest, side: Side): Location {
  const { registry } = request[side];
  const task = config.tasks.find((candidate) => candidate.id === request.task);
  const location = task?.[side];
  return location !== undefined && registryHost(location.registry) === registry
    ? location
    : locationFor(config, registry);
}

function copySide(location: Location, registries: Registries): CopySide {
  return {
    location,
    client: registries.connect(location),
    credentials: (signal) => registries.credentials(location, { signal }),
  };
}

function relayMissing(request: CopyRequest): SyncError {
  return new SyncError('RELAY_UNAVAILABLE', {
    message: `this worker has no ${request.relay} relay`,
    hint: 'start a worker where the relay is installed',
    reference: formatReference(request.source),
  });
}
