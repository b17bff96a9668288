import type {
  CopyProgress,
  CopyRequest,
  CopyResult,
  Credentials,
  Location,
  Logger,
  RelayName,
  SeenTarget,
} from '@regfleet/model';
import type { RegistryClient } from '@regfleet/registry';

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
}

/** Copies one image. Safe to call for several images at once, and again for the same one. */
export interface Relay {
  readonly name: RelayName;
  /** @throws {SyncError} with the side that failed; the abort reason itself when `context.signal` aborted. */
  copy(request: CopyRequest, context: CopyContext): Promise<CopyResult>;
  close(): Promise<void>;
}

/** A relay as it is registered: nothing is loaded or started before `open`. */
export interface RelayDefinition<Options> {
  readonly name: RelayName;
  /** Checks that the relay can work here. @throws {SyncError} `RELAY_UNAVAILABLE`, its hint says what to install. */
  open(options: Options, deps: { logger: Logger; signal?: AbortSignal }): Promise<Relay>;
}
