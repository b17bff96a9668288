import type { RelayName } from '@regfleet/model';

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
