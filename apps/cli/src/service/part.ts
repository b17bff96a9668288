import type { SyncConfig } from '@regfleet/config';
import type { Outages } from '@regfleet/fleet';
import type { Logger } from '@regfleet/model';
import type { Fleet } from '@regfleet/queue';
import type { Registries } from '@regfleet/registry';
import type { Metrics } from '@regfleet/runtime';
import type { Traffic } from './traffic.ts';

/** What a part of a service (scheduler, worker) is built from. */
export interface ServiceDeps {
  /** Unique per process. */
  readonly id: string;
  readonly config: SyncConfig;
  readonly fleet: Fleet;
  readonly registries: Registries;
  readonly outages: Outages;
  readonly metrics: Metrics;
  readonly traffic: Traffic;
  readonly logger: Logger;
  readonly graceMs: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborts when the service is told to stop. */
  readonly signal: AbortSignal;
}

/** A started scheduler or worker, as the process sees it. */
export interface ServicePart {
  reload(config: SyncConfig): Promise<void> | void;
  drain(): Promise<void>;
  /** What it is at, as `2 copies`; absent or empty: nothing that would have to end. */
  underWay?(): readonly string[];
  /** Why it cannot do all of its work; absent or empty: it can. */
  troubles?(): readonly string[];
}
