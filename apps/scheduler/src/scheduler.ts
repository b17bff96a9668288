import type { SyncConfig } from '@regfleet/config';
import { type FleetStore, judged, type Outages, type ProcessReport, RateLimitPauses } from '@regfleet/fleet';
import type { Logger } from '@regfleet/model';
import type { PlanPorts } from '@regfleet/planner';
import type { Registries } from '@regfleet/registry';
import { expandRun } from './expand-run.ts';
import { type Fleetwide, joinFleet } from './fleetwide.ts';
import { isMissed } from './missed-firing.ts';
import { type PlanListener, planLog } from './plan-listener.ts';

export interface SchedulerOptions {
  /** Unique per process. */
  readonly id: string;
  readonly config: SyncConfig;
  readonly fleet: FleetStore;
  /** Absent: there is no other process, and the caller fires the tasks. */
  readonly fleetwide?: Fleetwide;
  readonly registries: Registries;
  readonly logger: Logger;
  /** Absent: what it would be told goes to the log. */
  readonly listener?: PlanListener;
  /** Shared with others who talk to the same registries in this process; absent: its own, which wait as long as the rules do. */
  readonly pauses?: RateLimitPauses;
  /** Of the process; absent: a registry that is down is a failure as any other. */
  readonly outages?: Outages;
  /** Tasks expanded at once. */
  readonly concurrency: number;
  /** How long after its death what this process expands is given to another; absent: nobody could take it. */
  readonly lockMs?: number;
  /** How long expansions may go on after a stop was asked for. */
  readonly graceMs: number;
}

/** A running scheduler. */
export interface Scheduler {
  /** How many runs it expands. */
  readonly activeCount: number;
  /** Takes a new config without touching runs under way. */
  reload(config: SyncConfig): void;
  /** Hands back what it works on, and stands down where it leads. */
  drain(): Promise<void>;
}

// Each look costs next to nothing, and two may follow the end of a lock before it is noticed.
const LOOKS_PER_LOCK = 4;

/** Starts expanding runs, and takes part in the fleet where there is one. */
export async function startScheduler(options: SchedulerOptions): Promise<Scheduler> {
  const { id, fleet, fleetwide, logger, concurrency, lockMs, listener = planLog(logger) } = options;
  let config = options.config;
  const startedAtMs = Date.now();
  const current = (): SyncConfig => config;
  const deps = {
    fleet,
    logger,
    listener,
    config: current,
    ...(fleetwide && {
      isMissed: (dueAtMs: number) => isMissed(dueAtMs, startedAtMs, fleetwide.store.processes),
    }),
    ports: () => planPorts(options, current),
    pauses: options.pauses ?? patientPauses(listener),
    ...(fleetwide && { notes: fleetwide.store }),
    ...(options.outages !== undefined && { outages: options.outages }),
  };
  const consumer = fleet.consumeRuns({
    concurrency,
    graceMs: options.graceMs,
    ...(lockMs !== undefined && { lockDurationMs: lockMs, stalledIntervalMs: lockMs / LOOKS_PER_LOCK }),
    process: (ticket, context) => judged(context, () => expandRun(ticket, context, deps)),
  });
  const report = (): ProcessReport => ({
    id,
    role: 'scheduler',
    relays: [],
    concurrency,
    active: consumer.activeCount,
  });
  const membership = fleetwide && (await joinFleet(fleetwide, { config: current, logger, report }));
  return {
    get activeCount() {
      return consumer.activeCount;
    },
    reload(next) {
      config = next;
      membership?.reload();
    },
    async drain() {
      await Promise.all([consumer.drain(), membership?.leave()]);
    },
  };
}

const patientPauses = ({ onPause }: PlanListener): RateLimitPauses =>
  new RateLimitPauses({ mostInRow: Number.POSITIVE_INFINITY, onPause });

const planPorts = ({ registries, fleet }: SchedulerOptions, config: () => SyncConfig): PlanPorts => ({
  client: (location) => registries.connect(location),
  lister: (location) => registries.lister(location, config().lister),
  records: fleet.records,
});
