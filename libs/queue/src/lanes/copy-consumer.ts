import {
  type CopyConsumer,
  type CopyConsumerOptions,
  type Holds,
  type LaneParts,
  parseLane,
  Slots,
  type Solitude,
} from '@regfleet/fleet';
import type { RelayName } from '@regfleet/model';
import { drainWorkers } from '../jobs/drain.ts';
import { haveFirstBelow, USUAL_PRIORITY } from '../jobs/priority.ts';
import type { RedisPermits } from '../permits/redis-permits.ts';
import { type Repetition, repeat } from '../redis/repeat.ts';
import type { FleetInternals } from '../runs/run-store.ts';
import { LaneWorker } from './lane-worker.ts';
import type { FleetLanes, LaneWatch } from './lanes.ts';
import { lanesWithJobs } from './lanes-with-jobs.ts';
import { TaskHolds } from './task-holds.ts';
import { unwantedJobs } from './unwanted-jobs.ts';

const LOOK_AT_OTHERS_MS = 60_000;
// An operator sees a copy begin within five seconds.
const LOOK_FOR_URGENT_MS = 1_000;
// A signal can be lost.
const LOOK_FOR_CANCELLED_MS = 2_000;
// Each costs a connection, and whoever can write to Redis names them.
const MOST_FOREIGN = 8;

interface Surroundings {
  readonly lanes: FleetLanes;
  /** Closed with the consumer. */
  readonly permits: RedisPermits;
  readonly holds: Holds;
  readonly solitude: Solitude;
  isAnswering(): boolean;
}

/** Takes copies from all lanes of its relays and registries, from each as it appears, and ends what is left on others. */
export class LaneConsumer implements CopyConsumer {
  readonly #internals: FleetInternals;
  readonly #options: CopyConsumerOptions;
  readonly #surroundings: Surroundings;
  readonly #relays: Set<RelayName>;
  readonly #workers = new Map<string, LaneWorker>();
  readonly #slots: Slots;
  readonly #startedAtMs = Date.now();
  readonly #stopListening: () => void;
  readonly #watch: LaneWatch;
  readonly #others: Repetition;
  readonly #urgent: Repetition;
  readonly #cancels: Repetition;
  readonly #taskHolds: TaskHolds;
  #lookedAtMs = 0;
  #draining: Promise<void> | undefined;

  constructor(internals: FleetInternals, options: CopyConsumerOptions, surroundings: Surroundings) {
    this.#internals = internals;
    this.#options = options;
    this.#surroundings = surroundings;
    this.#relays = new Set(options.relays);
    this.#slots = new Slots(options.concurrency, () => this.#adjust());
    this.#taskHolds = new TaskHolds(internals, surroundings.holds, options.holdGraceMs);
    this.#cancels = repeat(LOOK_FOR_CANCELLED_MS, internals.logger, () => this.#lookForCancelled());
    this.#stopListening = internals.signals.listen((kind, id) => {
      if (kind === 'lane') this.#expectJobs(id);
      else if (kind === 'cancel') this.#cancel(id);
      else if (kind === 'gap') {
        this.#others.now();
        this.#cancels.now();
      }
    });
    this.#watch = surroundings.lanes.watch(
      (parts) => this.#relays.has(parts.relay) && this.#isUsed(parts),
      (lane, parts) => this.#take(lane, parts),
    );
    this.#others = repeat(LOOK_AT_OTHERS_MS, internals.logger, () => this.#lookAtOthers());
    this.#others.now();
    this.#urgent = repeat(LOOK_FOR_URGENT_MS, internals.logger, () => this.#lookForUrgent());
  }

  get activeCount(): number {
    return this.#slots.active;
  }

  get lastActivityAtMs(): number {
    return Math.max(
      this.#startedAtMs,
      ...[...this.#workers.values()].map((worker) => worker.lastActivityAtMs),
    );
  }

  serve(relay: RelayName): void {
    this.#relays.add(relay);
    this.look();
  }

  look(): void {
    this.#watch.look();
    this.#others.now();
    this.#surroundings.permits.lookAgain();
  }

  drain(): Promise<void> {
    this.#draining ??= this.#drain();
    return this.#draining;
  }

  #take(lane: string, parts: LaneParts): void {
    if (this.#draining !== undefined || this.#workers.has(lane)) return;
    const surroundings = { ...this.#surroundings, slots: this.#slots, taskHolds: this.#taskHolds };
    this.#workers.set(lane, new LaneWorker({ lane, parts }, this.#internals, this.#options, surroundings));
  }

  #isUsed(parts: LaneParts): boolean {
    const { usesLane } = this.#options;
    return this.#options.servesLane(parts) && (usesLane === undefined || usesLane(parts));
  }

  /** A lane of our registries that no task uses is served from now on: somebody wants one image copied. */
  #expectJobs(lane: string): void {
    const parts = parseLane(lane);
    if (parts === undefined || !this.#relays.has(parts.relay)) return;
    if (!this.#options.servesLane(parts)) return;
    const worker = this.#workers.get(lane);
    if (worker === undefined) this.#take(lane, parts);
    else worker.lastActivityAtMs = Date.now();
  }

  /**
   * Lanes that no task uses are served as long as they have jobs. Those of registries that have left the config have to be ended by
   * somebody, too, or their runs never end: a few of them at a time.
   */
  async #lookAtOthers(): Promise<void> {
    const isOther = (parts: LaneParts): boolean => this.#relays.has(parts.relay) && !this.#isUsed(parts);
    const isForeign = (lane: string): boolean => {
      const parts = parseLane(lane);
      return parts === undefined || !this.#options.servesLane(parts);
    };
    const sinceMs = this.#lookedAtMs;
    this.#lookedAtMs = Date.now();
    const lanes = await this.#surroundings.lanes.list(isOther);
    // Those that the leader has retired among them, which no list names.
    const served = [...this.#workers].flatMap(([lane, { parts }]) => (isOther(parts) ? [lane] : []));
    // One of our registries that waits for room keeps its place in the line.
    const keepsPlace = (lane: string): boolean =>
      this.#workers.get(lane)?.isHeld === true && !isForeign(lane);
    const inUse = new Set(served.filter((lane) => this.#isInUse(lane, sinceMs) || keepsPlace(lane)));
    await Promise.all(served.filter((lane) => !inUse.has(lane)).map((lane) => this.#leave(lane)));
    const others = lanes.filter((lane) => !this.#workers.has(lane));
    const [foreign, own] = [others.filter(isForeign), others.filter((lane) => !isForeign(lane))];
    const places = Math.max(0, MOST_FOREIGN - [...inUse].filter(isForeign).length);
    const wanted = await Promise.all([
      lanesWithJobs(this.#internals, own, own.length),
      lanesWithJobs(this.#internals, foreign, places),
    ]);
    for (const lane of wanted.flat()) {
      const parts = parseLane(lane);
      if (parts !== undefined) this.#take(lane, parts);
    }
  }

  /** BullMQ gives a worker that has no place nothing, however urgent. */
  async #lookForUrgent(): Promise<void> {
    const workers = [...this.#workers.values()];
    const full = workers.filter(({ isFull }) => isFull);
    for (const worker of workers) if (!full.includes(worker)) worker.expectUrgent(false);
    if (full.length === 0) return;
    const { client, queues } = this.#internals;
    const prioritized = full.map(({ lane }) => queues.get(lane).toKey('prioritized'));
    const areUrgent = await haveFirstBelow(client, prioritized, USUAL_PRIORITY);
    for (const [index, worker] of full.entries()) worker.expectUrgent(areUrgent[index] === true);
  }

  /** One that gave nothing since the last look, be it empty or paused, makes room for others. */
  #isInUse(lane: string, sinceMs: number): boolean {
    const worker = this.#workers.get(lane);
    return worker !== undefined && (worker.takenCount > 0 || worker.lastActivityAtMs >= sinceMs);
  }

  async #leave(lane: string): Promise<void> {
    const worker = this.#workers.get(lane);
    if (worker === undefined || worker.takenCount > 0) return;
    this.#workers.delete(lane);
    worker.stop();
    await worker.worker.close();
    this.#slots.forget(lane);
    await this.#internals.queues.close(lane);
  }

  #cancel(id: string): void {
    for (const worker of this.#workers.values()) worker.cancel(id);
  }

  async #lookForCancelled(): Promise<void> {
    const jobIds = [...this.#workers.values()].flatMap(({ takenJobs }) => takenJobs);
    if (jobIds.length === 0) return;
    for (const jobId of await unwantedJobs(this.#internals, jobIds)) this.#cancel(jobId);
  }

  #adjust(): void {
    if (this.#draining !== undefined) return;
    for (const worker of this.#workers.values()) worker.adjust();
  }

  async #drain(): Promise<void> {
    const workers = [...this.#workers.values()];
    for (const worker of workers) worker.stop();
    await Promise.all([
      this.#watch.stop(),
      this.#others.stop(),
      this.#urgent.stop(),
      this.#cancels.stop(),
      drainWorkers(
        workers.map(({ worker }) => worker),
        {
          graceMs: this.#options.graceMs,
          activeCount: () => workers.reduce((sum, { takenCount }) => sum + takenCount, 0),
          isAnswering: this.#surroundings.isAnswering,
        },
      ),
    ]);
    this.#stopListening();
    this.#taskHolds.stop();
    await this.#surroundings.permits.close();
  }
}
