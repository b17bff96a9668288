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

export interface Processes {
  /** Says that this process lives; forgotten after `ttlMs` (default 30 s). */
  beat(status: WorkerStatus, ttlMs?: number): Promise<void>;
  /** Forgets a process that stops orderly. */
  leave(id: string): Promise<void>;
  list(): Promise<WorkerStatus[]>;
}
