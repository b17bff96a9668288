import { type SyncError, within } from '@regfleet/model';
import type {
  Fleet,
  FleetBlobs,
  FleetCache,
  LaneFilter,
  Lanes,
  Leadership,
  LeadershipOptions,
  Processes,
  Runs,
  Schedules,
  SweepReport,
} from './api.ts';
import { RedisBlobs } from './blobs/redis-blobs.ts';
import { RedisCache } from './cache.ts';
import { type Connection, openConnection } from './connection.ts';
import type { ConnectOptions, CopyOrder, SyncRecords } from './contract.ts';
import { CopyJobs } from './copy-jobs.ts';
import { type FleetInternals, INTERNALS } from './internals.ts';
import { makeKeys } from './keys.ts';
import { FleetLanes } from './lanes.ts';
import { RedisLeadership } from './leadership.ts';
import { newRunId } from './names.ts';
import { FleetProcesses } from './processes.ts';
import { Queues } from './queues.ts';
import { FleetRuns } from './runs/fleet-runs.ts';
import { RunBook } from './runs/run-book.ts';
import { FleetSchedules } from './schedules.ts';
import { Signals } from './signals.ts';
import { Sweep } from './sweep.ts';
import { FleetRecords } from './sync-records.ts';
import { Unreadable } from './unreadable.ts';

const CLOSE_MS = 2_000;

/** @throws {SyncError} `REDIS_UNREACHABLE` after the deadline; `REDIS_UNSUITABLE` when Redis refuses us or may drop jobs. */
export async function connectFleet(options: ConnectOptions): Promise<Fleet> {
  return new RedisFleet(await openConnection(options, makeKeys(options.prefix).probe), options);
}

class RedisFleet implements Fleet {
  readonly [INTERNALS]: FleetInternals;
  readonly schedules: Schedules;
  readonly runs: Runs;
  readonly lanes: Lanes;
  readonly records: SyncRecords;
  readonly processes: Processes;
  readonly cache: FleetCache;
  readonly blobs: FleetBlobs;
  readonly #connection: Connection;
  readonly #sweep: Sweep;
  readonly #leaderships = new Set<Leadership>();

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
    const book = new RunBook(base);
    const internals = { ...base, book };
    const lanes = new FleetLanes(internals);
    const records = new FleetRecords(internals);
    const copyJobs = new CopyJobs(internals, (names) => lanes.announce(names));
    this[INTERNALS] = internals;
    this.#connection = connection;
    this.schedules = new FleetSchedules(internals);
    this.runs = new FleetRuns(internals, copyJobs);
    this.lanes = lanes;
    this.records = records;
    this.processes = new FleetProcesses(internals);
    this.cache = new RedisCache(internals);
    this.blobs = new RedisBlobs(internals);
    this.#sweep = new Sweep(internals, { lanes, records, processes: this.processes });
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

  leadership(options: LeadershipOptions): Leadership {
    const leadership = new RedisLeadership(this[INTERNALS], options);
    this.#leaderships.add(leadership);
    return leadership;
  }

  async copyOnce(order: CopyOrder): Promise<string> {
    const runId = newRunId(Date.now());
    await this[INTERNALS].book.claim({ runId, trigger: 'operator' });
    await this.runs.enqueue(runId, [order]);
    await this.runs.finishExpansion(runId, []);
    return runId;
  }

  sweep(isServed?: LaneFilter, tasks?: readonly string[]): Promise<SweepReport> {
    return this.#sweep.run(isServed, tasks);
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#leaderships].map((leadership) => leadership.close()));
    const { queues, signals } = this[INTERNALS];
    signals.close();
    if (this.isAnswering) await within(queues.closeAll(), CLOSE_MS);
    await this.#connection.close();
  }
}
