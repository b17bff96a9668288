import type { SeenTarget } from '@regfleet/model';
import {
  type CopyProgress,
  type CopyRequest,
  type CopyResult,
  formatReference,
  type HistoryRule,
  type Location,
  type Logger,
  type OnChange,
  type Reference,
  type ReferrerRule,
  type RelayName,
  SyncError,
  type SyncRecord,
  syncRecord,
  syncRecordKey,
  type TrailRule,
} from '@regfleet/model';
import type { Registries } from '@regfleet/registry';
import type { CopySide, Relay } from './contract.ts';

export interface CopyImageDeps {
  readonly registries: Registries;
  readonly relays: ReadonlyMap<RelayName, Relay>;
  readonly records: { set(key: { target: string; platform: string }, record: SyncRecord): Promise<void> };
  readonly logger: Logger;
}

/** How one request is carried out, beyond what it says itself. */
export interface CopyImageOptions {
  readonly source: Location;
  readonly target: Location;
  /** True: the relay's own output goes to the log at info. */
  readonly verbose: boolean;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: CopyProgress) => void;
  /** For a copy that follows at once on the comparison that found it due; absent: the relay asks. */
  readonly seenTarget?: SeenTarget | undefined;
  /** What belongs to the image and goes with it; absent: nothing. */
  readonly referrers?: ReferrerRule | undefined;
  /** What becomes of a tag that the target has with another content; absent: it is overwritten. */
  readonly onChange?: OnChange | undefined;
  /** How many target registries the image goes to by copies of their own, this one included; absent: this one alone. */
  readonly amongTargets?: number | undefined;
  /** What stays of a tag when it is overwritten; absent: nothing. */
  readonly history?: HistoryRule | undefined;
  /** By how much the target's tag is behind on purpose; absent: not at all. */
  readonly trail?: TrailRule | undefined;
}

/** Copies one image with its relay and remembers what was copied, so that the next run can tell it is in sync. */
export async function copyImage(
  request: CopyRequest,
  options: CopyImageOptions,
  deps: CopyImageDeps,
): Promise<CopyResult> {
  const { source, target, signal, verbose, onProgress, seenTarget, referrers, onChange, history, trail } =
    options;
  const relay = deps.relays.get(request.relay);
  if (relay === undefined) throw relayMissing(request);
  await deps.registries.ensureRepository(target, request.target.repository, { signal });
  const result = await relay.copy(request, {
    source: copySide(source, request.source, deps.registries),
    target: copySide(target, request.target, deps.registries),
    signal,
    logger: deps.logger,
    verbose,
    ...(onProgress !== undefined && { onProgress }),
    ...(seenTarget !== undefined && { seenTarget }),
    ...(referrers !== undefined && { referrers }),
    ...(onChange !== undefined && { onChange }),
    ...(history !== undefined && { history }),
    ...(options.amongTargets !== undefined && { amongTargets: options.amongTargets }),
    ...(trail !== undefined && { trail }),
  });
  const sourceDigest = result.sourceDigest ?? request.sourceDigest;
  // What is kept is in sync with nothing: it is looked at again when the config is another.
  if (sourceDigest !== undefined && result.isKept !== true) {
    const { targetDigest, referrers } = result;
    const synced = { sourceDigest, targetDigest, ...(referrers !== undefined && { referrers }) };
    await deps.records.set(syncRecordKey(request), syncRecord(request, synced));
  }
  return result;
}

function copySide(location: Location, { repository }: Reference, registries: Registries): CopySide {
  return {
    location,
    client: registries.connect(location),
    credentials: (signal) => registries.credentials(location, { repository, signal }),
  };
}

function relayMissing(request: CopyRequest): SyncError {
  return new SyncError('RELAY_UNAVAILABLE', {
    message: `there is no ${request.relay} relay in this process`,
    hint: 'start a worker where the relay is installed',
    reference: formatReference(request.source),
  });
}
