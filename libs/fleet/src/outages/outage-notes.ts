import type { NoteChange, OutageSubject } from './outage-note.ts';

/** What a store keeps of registries that worked, and of those that are down. */
export interface OutageNotes {
  /**
   * Changes a note in one step, as if nobody else did.
   *
   * @param change - called again where somebody was faster.
   */
  change<Result>(subject: OutageSubject, change: NoteChange<Result>): Promise<Result>;
  /** Forgets all of registries that have left the config. */
  keepOnly(isNamed: (registry: string) => boolean): Promise<void>;
}
