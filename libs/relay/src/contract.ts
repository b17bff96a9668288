import type {
  CopyProgress,
  CopyRequest,
  CopyResult,
  Credentials,
  HistoryRule,
  Location,
  Logger,
  OnChange,
  ReferrerRule,
  RelayName,
  SeenTarget,
  TrailRule,
} from '@regfleet/model';
import type { RegistryClient } from '@regfleet/registry';
import type { BlobIndex } from './direct/blob-index.ts';
import type { SubjectLeases } from './subject-leases.ts';

/** One end of a copy: where, as whom, over which connection. */
export interface CopySide {
  readonly location: Location;
  readonly client: RegistryClient;
  /** Fresh credentials; absent: anonymous, or the relay's own default. */
  credentials(signal: AbortSignal): Promise<Credentials | undefined>;
}

export interface CopyContext {
  readonly source: CopySide;
  readonly target: CopySide;
  /** Aborting ends the copy within a second and leaves the target tag as it was. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
  /** True: the relay's own output goes to the log at info. */
  readonly verbose: boolean;
  readonly onProgress?: (progress: CopyProgress) => void;
  /** Spares a relay asking again; absent: it asks, where it needs to know. */
  readonly seenTarget?: SeenTarget;
  /** What belongs to the image and goes with it; absent: nothing. Only for relays that copy it. */
  readonly referrers?: ReferrerRule;
  /** What becomes of a tag that the target has with another content; absent: it is overwritten. Only for relays that look. */
  readonly onChange?: OnChange;
  /** What stays of a tag when it is overwritten; absent: nothing. Only for relays that look. */
  readonly history?: HistoryRule;
  /** By how much the target's tag is behind on purpose; absent: not at all. Only for relays that look. */
  readonly trail?: TrailRule;
  /** How many target registries the image goes to by copies of their own, this one included; absent: this one alone. */
  readonly amongTargets?: number;
}

/** Copies one image. Safe to call for several images at once, and again for the same one. */
export interface Relay {
  readonly name: RelayName;
  /** @throws {SyncError} with the side that failed; the abort reason itself when `context.signal` aborted. */
  copy(request: CopyRequest, context: CopyContext): Promise<CopyResult>;
  close(): Promise<void>;
}

/** What every relay is given when it is opened. */
export interface RelayDeps {
  readonly logger: Logger;
  /** The variables of the process; absent: none. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Ends the wait for what is still starting. */
  readonly signal?: AbortSignal;
  /** How long is waited for what may be starting still; absent: what suits the relay. */
  readonly startup?: { readonly waitMs: number; readonly intervalMs: number };
  /** What the fleet knows of the targets' blobs; absent: each process knows what it has seen itself. */
  readonly blobIndex?: BlobIndex;
  /** Absent: no other process writes lists of referrers. */
  readonly subjectLeases?: SubjectLeases;
}

/**
 * A relay as it is registered: nothing is loaded or started before `open`.
 *
 * @typeParam Options - what the section of the config with the relay's name says; absent: there is no such section.
 */
export interface RelayDefinition<Options = object> {
  /** Checks that the relay can work here. @throws {SyncError} `RELAY_UNAVAILABLE`, its hint says what to install. */
  open(options: Options, deps: RelayDeps): Promise<Relay>;
}
