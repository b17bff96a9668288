import type { Location, Logger, Side, SyncError } from '@regfleet/model';
import type { Holds } from '../holds/holds.ts';
import type { OutageCause } from './outage-note.ts';
import type { OutageNotes } from './outage-notes.ts';

/** How the ends of a piece of work are reached. */
export type Ends = { readonly [side in Side]?: Location };

export interface OutagesOptions {
  /** Unique per process. */
  readonly id: string;
  readonly notes: OutageNotes;
  readonly holds: Holds;
  /** No other process shares the store. */
  readonly isOnly: boolean;
  /** How long a registry that is down is waited for; 0: not at all. */
  giveUpAfterMs(registry: string): number;
  /** How the config reaches a registry, by each of its accounts there. */
  locationsOf(registry: string): readonly Location[];
  /** Asks whether it answers anything, or lets the account in. @returns why not; absent: it does. @throws the signal's reason. */
  ask(cause: OutageCause, location: Location, signal: AbortSignal): Promise<SyncError | undefined>;
  /** False: what `ask` has asked is answered by a registry that does no work as well. Absent: never. */
  proves?(location: Location): boolean;
  readonly logger: Logger;
}
