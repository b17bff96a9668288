import type { SyncError } from '@regfleet/model';
import type { Consumer, CopyConsumer, CopyConsumerOptions, RunConsumerOptions } from './consumers.ts';
import type { TaskFreshness } from './freshness.ts';
import type { Holds } from './holds/holds.ts';
import type { LaneFilter, Lanes } from './lanes.ts';
import type { Leadership, LeadershipOptions } from './leadership.ts';
import type { LeaseStore } from './leases.ts';
import type { OutageNotes } from './outages/outage-notes.ts';
import type { Processes } from './processes.ts';
import type { SyncRecords } from './records.ts';
import type { Runs } from './runs.ts';
import type { Schedules } from './schedules.ts';
import type { FleetBlobs, FleetCache, FleetUploads, StoreMemory, SweepReport } from './shared.ts';

import type { SourceNotes } from './source-notes.ts';
import type { ToldStates } from './told-states.ts';

/** What schedulers and workers need of a store: all that a fleet of one process has, too. */
export interface FleetStore {
  readonly schedules: Schedules;
  readonly runs: Runs;
  readonly records: SyncRecords;
  readonly holds: Holds;
  readonly outages: OutageNotes;
  /** Takes firings of tasks and has them expanded. */
  consumeRuns(options: RunConsumerOptions): Consumer;
  /** Takes copies from all lanes of its relays and registries, from each as it appears, and ends what is left on others. */
  consumeCopies(options: CopyConsumerOptions): CopyConsumer;
  /** That the store did not do its part, where that is what `failure` says. */
  troubleOf(failure: unknown): SyncError | undefined;
}

/** What a store is asked besides where several processes share it. */
export interface SharedStore {
  /** Whether the store answers; while it does not, nothing is asked that nobody waits for. */
  readonly isAnswering: boolean;
  readonly lanes: Lanes;
  readonly freshness: TaskFreshness;
  readonly sourceNotes: SourceNotes;
  readonly toldStates: ToldStates;
  readonly processes: Processes;
  readonly cache: FleetCache;
  readonly blobs: FleetBlobs;
  readonly uploads: FleetUploads;
  readonly leases: LeaseStore;
  /** Absent where it does not tell. */
  memory(): Promise<StoreMemory | undefined>;
  /** Stands for the one scheduler that leads; closing the store stands down. */
  leadership(options: LeadershipOptions): Leadership;
  /** Ends the runs of tasks that left the config, with one line in the log for each, and takes off firings of them that wait. */
  dropTasks(tasks: readonly string[]): Promise<void>;
  /**
   * House-keeping of the leader, about once a minute: settles what a crash left uncounted, drops old jobs and records, and forgets
   * lanes that nobody serves once nothing on them is left to be ended.
   *
   * @param isServed - which lanes workers are to serve; absent: any.
   * @param tasks - of the config: what is kept of others goes, a while after they were last there or ran; absent: it stays.
   */
  sweep(isServed?: LaneFilter, tasks?: readonly string[]): Promise<SweepReport>;
}
