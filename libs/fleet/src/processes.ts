import type { RelayName } from '@regfleet/model';

/** In bytes. */
export interface ProcessMemory {
  /** Resident: what the system counts. */
  readonly rssBytes: number;
  /** What of it JavaScript's objects take. */
  readonly heapBytes: number;
  /** What those may take before the process dies of it. */
  readonly heapLimitBytes: number;
  /** What its container or unit may take; absent: it has no bound of its own. */
  readonly limitBytes?: number;
}

export interface WorkerStatus {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly role: 'scheduler' | 'worker';
  readonly startedAtMs: number;
  readonly seenAtMs: number;
  readonly relays: readonly RelayName[];
  readonly concurrency: number;
  readonly active: number;
  /** At `seenAtMs`; absent: a release that did not tell. */
  readonly memory?: ProcessMemory;
  /** True for the scheduler that leads. */
  readonly leads?: boolean;
}

/** What a process knows of itself; the rest of its status is the same everywhere. */
export type ProcessReport = Pick<WorkerStatus, 'id' | 'role' | 'relays' | 'concurrency' | 'active' | 'leads'>;

export interface Heartbeat {
  /** Forgets the process; to be called when it stops orderly. */
  stop(): Promise<void>;
}

export interface Processes {
  /** Says every few seconds that this process lives and what it does; one that falls silent is forgotten. */
  announce(report: () => ProcessReport): Promise<Heartbeat>;
  list(): Promise<WorkerStatus[]>;
  /**
   * Those that fell silent within the last day without having signed off, unless another of the same role has begun on their host since;
   * as they were at their last sign of life.
   */
  missing(): Promise<WorkerStatus[]>;
}
