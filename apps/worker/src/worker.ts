import { namesRoute, requestLocation, routeLimits, type SyncConfig, usesRoute } from '@regfleet/config';
import {
  type CopyJob,
  type CopyWidth,
  type FleetStore,
  heedOutages,
  judged,
  type Outages,
  type Processes,
  steadyNowMs,
  widthOf,
} from '@regfleet/fleet';
import type { CopyProgress, CopyResult, Logger, RelayName } from '@regfleet/model';
import type { Registries } from '@regfleet/registry';
import { copyImage, type Relay } from '@regfleet/relay';
import { type CopyListener, describeJob } from './copy-listener.ts';
import { amongTargetsOf, checkInConfig, referrersOf, tagRulesOf } from './in-config.ts';

export interface WorkerOptions {
  /** Unique per process. */
  readonly id: string;
  readonly config: SyncConfig;
  readonly fleet: FleetStore;
  /** Where the process says that it lives; absent: there is no other. */
  readonly processes?: Processes;
  readonly registries: Registries;
  /** Of the process; absent: a registry that is down fails its images. */
  readonly outages?: Outages;
  /** The relays that work here so far. */
  readonly relays: ReadonlyMap<RelayName, Relay>;
  /** Made once; `config` gives the one in force. */
  readonly listener: (config: () => SyncConfig) => CopyListener;
  readonly logger: Logger;
  /** Copies at once in this process. */
  readonly concurrency: number | CopyWidth;
  /** How long after its death this process's copies are given to another; absent: nobody could take them. */
  readonly lockMs?: number;
  /** How long copies may go on after a stop was asked for, before they are handed back. */
  readonly graceMs: number;
}

/** A running worker. */
export interface Worker {
  /** When a copy was last taken or ended; epoch milliseconds. */
  readonly lastActivityAtMs: number;
  readonly activeCount: number;
  /** Takes the copies that this config asks for from now on. */
  reload(config: SyncConfig): void;
  /** Takes the copies of another relay, too. */
  addRelay(relay: Relay): void;
  drain(): Promise<void>;
}

/** Starts taking copy jobs by the relays that work here: from lanes that tasks of the config use, and from others while they have jobs. */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const { fleet, lockMs } = options;
  let config = options.config;
  const current = (): SyncConfig => config;
  const relays = new Map(options.relays);
  const names = (): RelayName[] => [...relays.keys()];
  const listener = options.listener(current);
  const consumer = fleet.consumeCopies({
    relays: names(),
    servesLane: (lane) => namesRoute(config, lane),
    usesLane: (lane) => usesRoute(config, lane),
    limitsOf: (lane) => routeLimits(config, lane),
    concurrency: options.concurrency,
    graceMs: options.graceMs,
    ...(lockMs !== undefined && { lockDurationMs: lockMs, stalledIntervalMs: lockMs / 2 }),
    process: async (job, context) => {
      const { signal } = context;
      const beganAtMs = steadyNowMs();
      const verdict = await judged(context, () =>
        copyJob(job, { config, signal, relays, listener }, options),
      );
      const tookMs = steadyNowMs() - beganAtMs;
      return heedOutages(verdict, { ends: endsOf(job, config), context, outages: options.outages, tookMs });
    },
    onVerdict: listener.onVerdict,
  });
  const heartbeat = await options.processes?.announce(() => ({
    id: options.id,
    role: 'worker',
    relays: names(),
    concurrency: widthOf(options.concurrency).current,
    active: consumer.activeCount,
  }));
  return {
    get lastActivityAtMs() {
      return consumer.lastActivityAtMs;
    },
    get activeCount() {
      return consumer.activeCount;
    },
    reload(next) {
      config = next;
      consumer.look();
    },
    addRelay(relay) {
      relays.set(relay.name, relay);
      consumer.serve(relay.name);
    },
    async drain() {
      await consumer.drain();
      await heartbeat?.stop();
    },
  };
}

const endsOf = ({ request }: CopyJob, config: SyncConfig) => ({
  source: requestLocation(config, request, 'source'),
  target: requestLocation(config, request, 'target'),
});

interface Surroundings {
  readonly config: SyncConfig;
  readonly signal: AbortSignal;
  readonly relays: ReadonlyMap<RelayName, Relay>;
  readonly listener: CopyListener;
}

async function copyJob(
  job: CopyJob,
  { config, signal, relays, listener }: Surroundings,
  { fleet, registries, logger }: WorkerOptions,
): Promise<CopyResult> {
  const { request, seenTarget } = job;
  checkInConfig(request, config);
  const deps = { registries, relays, records: fleet.records, logger: logger.child(describeJob(job)) };
  deps.logger.debug({}, 'copy started');
  const end = listener.onStart?.(job);
  try {
    const how = {
      ...endsOf(job, config),
      verbose: config.tasks.find(({ id }) => id === request.task)?.verbose ?? false,
      signal,
      seenTarget,
      referrers: referrersOf(request, config),
      amongTargets: amongTargetsOf(request, config),
      ...tagRulesOf(request, config),
      onProgress: (progress: CopyProgress) => listener.onProgress?.(job, progress),
    };
    return await copyImage(request, how, deps);
  } finally {
    end?.();
  }
}
