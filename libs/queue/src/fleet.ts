import {
  type AccountRequest,
  type Consumer,
  type CopyConsumer,
  type CopyConsumerOptions,
  type CopyOrder,
  type FleetBlobs,
  type FleetCache,
  type FleetStore,
  type FleetUploads,
  type LaneFilter,
  type Lanes,
  type Leadership,
  type LeadershipOptions,
  type LeaseStore,
  newRunId,
  RequestLimits,
  type RequestLimitsOptions,
  type RetryReport,
  type RunConsumerOptions,
  type Schedules,
  type SharedStore,
  Solitude,
  type SourceNotes,
  type SweepReport,
  type SyncRecords,
  type TaskFreshness,
  type ToldStates,
} from '@regfleet/fleet';
import { isSyncError, type SyncError, within } from '@regfleet/model';
import { RedisHolds } from './holds/redis-holds.ts';
import { Queues } from './jobs/queues.ts';
import { lockDurationMs } from './jobs/worker-options.ts';
import { LaneConsumer } from './lanes/copy-consumer.ts';
import { FleetLanes } from './lanes/lanes.ts';
import { RedisLeadership } from './leader/leadership.ts';
import { dropTasks } from './leader/left-tasks.ts';
import { RedisLeases } from './leader/redis-leases.ts';
import { Sweep } from './leader/sweep.ts';
import { RedisMeters } from './meters/redis-meters.ts';
import { RedisOutageNotes } from './outages/redis-outage-notes.ts';
import { RedisPermits } from './permits/redis-permits.ts';
import { type Connection, type ConnectOptions, openConnection } from './redis/connection.ts';
import { makeKeys } from './redis/keys.ts';
import { noteLayout } from './redis/layout.ts';
import { type RedisMemory, readMemory } from './redis/memory.ts';
import { Signals } from './redis/signals.ts';
import { redisRefusal } from './redis/trouble.ts';
import { Unreadable } from './redis/unreadable.ts';
import { CopyJobs } from './runs/copy-jobs.ts';
import { FleetRuns } from './runs/fleet-runs.ts';
import { type RetryOptions, retryRun } from './runs/retry-run.ts';
import { RunConsumer } from './runs/run-consumer.ts';
import { type FleetInternals, RunStore } from './runs/run-store.ts';
import { RedisFreshness } from './schedules/freshness.ts';
import { FleetSchedules } from './schedules/schedules.ts';
import { RedisBlobs } from './state/blobs/redis-blobs.ts';
import { RedisCache } from './state/cache.ts';
import { FleetProcesses } from './state/processes.ts';
import { RedisSourceNotes } from './state/source-notes.ts';
import { FleetRecords } from './state/sync-records.ts';
import { RedisToldStates } from './state/told-states.ts';
import { RedisUploads } from './state/uploads.ts';

const CLOSE_MS = 2_000;

/** @throws {SyncError} `REDIS_UNREACHABLE` after the deadline; `REDIS_UNSUITABLE` when Redis refuses us or may drop jobs. */
export async function connectFleet(options: ConnectOptions): Promise<RedisFleet> {
  return new RedisFleet(await openConnection(options, makeKeys(options.prefix)), options);
}

/** What lets the requests of a process pass: its limits, and those of the fleet. */
export interface FleetRequestGate extends Pick<RequestLimits, 'pass' | 'move' | 'answered'> {}

/** One Redis and everything that Regfleet keeps in it. */
export interface Fleet extends FleetStore, SharedStore {
  /** Without credentials. */
  readonly address: string;
  /**
   * Whether Redis answers what it is asked: it is asked every two seconds as if to write, and that it answers is believed for
   * five. Not while it is a replica, busy or full.
   */
  readonly isAnswering: boolean;
  /** Epoch milliseconds. */
  readonly answeredAtMs: number;
  /**
   * Why commands wait, where it is known, or what Redis refuses though it answers, for want of a right or of a further connection;
   * absent while all that is asked of it is done.
   */
  readonly trouble: SyncError | undefined;
  /** What is known of the limits of registries. */
  readonly meters: Pick<RedisMeters, 'pausesLeft' | 'foundRates'>;
  /** Absent where Redis does not tell. */
  memory(): Promise<RedisMemory | undefined>;
  readonly lanes: Lanes;
  readonly outages: Pick<RedisOutageNotes, 'change' | 'keepOnly' | 'list'>;
  /**
   * To be asked before each request to a registry. It keeps to the rates and pauses of registries in the whole fleet, and lets nothing
   * pass for copies whose permits have ended: those of a process that was stopped for longer than they last are aborted first.
   */
  requestGate(options: Omit<RequestLimitsOptions, 'meters'>): FleetRequestGate;
  /** Copies one image for an operator, without a task: a run of one job. @returns the run id. */
  copyOnce(order: CopyOrder): Promise<string>;
  /**
   * Tries the failed images of a run that has ended once more, as a run of its own.
   *
   * @throws {SyncError} `RUN_UNKNOWN`, `RUN_UNDER_WAY`; `NOTHING_TO_RETRY` where no image of it is known to have failed so.
   */
  retryRun(runId: string, options: RetryOptions): Promise<RetryReport>;
  /** Returns also when Redis is gone. */
  close(): Promise<void>;
}

/** The fleet with what its rooms share. */
export class RedisFleet implements Fleet {
  readonly internals: FleetInternals;
  readonly schedules: Schedules;
  readonly runs: FleetRuns;
  readonly lanes: FleetLanes;
  readonly records: SyncRecords;
  readonly freshness: TaskFreshness;
  readonly sourceNotes: SourceNotes;
  readonly toldStates: ToldStates;
  readonly processes: FleetProcesses;
  readonly cache: FleetCache;
  readonly blobs: FleetBlobs;
  readonly uploads: FleetUploads;
  readonly leases: LeaseStore;
  readonly holds: RedisHolds;
  readonly meters: RedisMeters;
  readonly outages: RedisOutageNotes;
  readonly #connection: Connection;
  readonly #sweep: Sweep;
  readonly #leaderships = new Set<Leadership>();
  readonly #permits = new Set<RedisPermits>();
  readonly #solitude = new Solitude();

  constructor(connection: Connection, { prefix, logger }: ConnectOptions) {
    const { client } = connection;
    const keys = makeKeys(prefix);
    const base = {
      client,
      keys,
      logger,
      queues: new Queues(client, keys, logger),
      signals: new Signals(client, keys, logger),
      unreadable: new Unreadable(client, logger),
    };
    const book = new RunStore(base);
    const internals = { ...base, book };
    const lanes = new FleetLanes(internals);
    const records = new FleetRecords(internals);
    const copyJobs = new CopyJobs(internals, (names) => lanes.announce(names));
    this.internals = internals;
    this.#connection = connection;
    this.schedules = new FleetSchedules(internals);
    this.runs = new FleetRuns(internals, copyJobs);
    this.lanes = lanes;
    this.records = records;
    this.freshness = new RedisFreshness(internals);
    this.sourceNotes = new RedisSourceNotes(internals);
    this.toldStates = new RedisToldStates(internals);
    this.processes = new FleetProcesses(internals);
    this.cache = new RedisCache(internals);
    this.blobs = new RedisBlobs(internals);
    this.uploads = new RedisUploads(internals);
    this.leases = new RedisLeases(internals);
    this.holds = new RedisHolds(internals);
    this.meters = new RedisMeters(internals, () => this.isAnswering);
    this.outages = new RedisOutageNotes(internals);
    this.#sweep = new Sweep(internals, { lanes, records, processes: this.processes, runs: this.runs });
  }

  get address(): string {
    return this.#connection.address;
  }

  get isAnswering(): boolean {
    return this.#connection.isAnswering;
  }

  get answeredAtMs(): number {
    return this.#connection.answeredAtMs;
  }

  get trouble(): SyncError | undefined {
    return this.#connection.trouble;
  }

  memory(): Promise<RedisMemory | undefined> {
    return readMemory(this.internals.client);
  }

  troubleOf(failure: unknown): SyncError | undefined {
    const told = redisRefusal(failure, 'Redis');
    return isSyncError(told) && told.code.startsWith('REDIS_') ? told : undefined;
  }

  leadership(options: LeadershipOptions): Leadership {
    const leadership = new RedisLeadership(this.internals, {
      ...options,
      onElected: (election) => {
        void this.#noteLayout();
        options.onElected?.(election);
      },
    });
    this.#leaderships.add(leadership);
    return leadership;
  }

  consumeRuns(options: RunConsumerOptions): Consumer {
    return new RunConsumer(this.internals, options, {
      solitude: this.#solitude,
      isAnswering: () => this.isAnswering,
      flush: (runId) => this.runs.flush(runId),
    });
  }

  consumeCopies(options: CopyConsumerOptions): CopyConsumer {
    const permits = new RedisPermits(this.internals, lockDurationMs(options));
    this.#permits.add(permits);
    return new LaneConsumer(this.internals, options, {
      lanes: this.lanes,
      permits,
      holds: this.holds,
      solitude: this.#solitude,
      isAnswering: () => this.isAnswering,
    });
  }

  requestGate(options: Omit<RequestLimitsOptions, 'meters'>): FleetRequestGate {
    this.meters.start();
    const limits = new RequestLimits({ ...options, meters: this.meters });
    const look = (signal: AbortSignal | undefined): void => {
      for (const permits of this.#permits) permits.look();
      signal?.throwIfAborted();
    };
    const afterwards = async (wait: Promise<void>, signal: AbortSignal | undefined): Promise<void> => {
      await wait;
      look(signal);
    };
    return {
      pass: (request: AccountRequest, signal?: AbortSignal) => {
        look(signal);
        const wait = limits.pass(request, signal);
        return wait && afterwards(wait, signal);
      },
      move: (request, bytes, signal) => limits.move(request, bytes, signal),
      answered: (request, answer) => limits.answered(request, answer),
    };
  }

  async copyOnce(order: CopyOrder): Promise<string> {
    const runId = newRunId(Date.now());
    await this.internals.book.claim({ runId, trigger: 'operator' });
    await this.runs.enqueueAll(runId, [order]);
    await this.runs.finishExpansion(runId, []);
    return runId;
  }

  retryRun(runId: string, options: RetryOptions): Promise<RetryReport> {
    return retryRun({ runs: this.runs, book: this.internals.book }, runId, options);
  }

  dropTasks(tasks: readonly string[]): Promise<void> {
    return dropTasks(this.internals, this.runs, new Set(tasks));
  }

  async sweep(isServed?: LaneFilter, tasks?: readonly string[]): Promise<SweepReport> {
    await this.#noteLayout();
    return this.#sweep.run(isServed, tasks);
  }

  #noteLayout(): Promise<void> {
    const { client, keys, logger } = this.internals;
    return noteLayout(client, keys, logger);
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#leaderships].map((leadership) => leadership.close()));
    const { queues, signals } = this.internals;
    await Promise.all([
      this.holds.close(),
      this.meters.close(),
      ...[...this.#permits].map((permits) => permits.close()),
    ]);
    signals.close();
    this.runs.close();
    if (this.isAnswering) await within(queues.closeAll(), CLOSE_MS);
    await this.#connection.close();
  }
}
