import {
  type LaneFilter,
  type LaneJob,
  type LaneParts,
  type LaneStatus,
  type Lanes,
  laneName,
  parseLane,
  type QueueDepth,
} from '@regfleet/fleet';
import { pauseQueue } from '../jobs/control.ts';
import type { Internals } from '../jobs/internals.ts';
import { UNREACHABLE_LIMIT } from '../jobs/limits.ts';
import { RUNS_QUEUE } from '../jobs/names.ts';
import { countPlanned } from '../jobs/planned-jobs.ts';
import { LAYOUT } from '../redis/layout.ts';
import { repeat } from '../redis/repeat.ts';
import { listJobs } from './lane-jobs.ts';

const LOOK_MS = 10_000;

// Of one relay and two registries each: more than any config names.
const MOST_LANES = 1_000;

const isLane = (name: string): boolean => parseLane(name) !== undefined;

export interface LaneWatch {
  /** Looks soon, instead of at the next time. */
  look(): void;
  stop(): Promise<void>;
}

export class FleetLanes implements Lanes {
  readonly #internals: Internals;

  constructor(internals: Internals) {
    this.#internals = internals;
  }

  async list(isWanted: LaneFilter = () => true): Promise<string[]> {
    const { client, keys, unreadable } = this.#internals;
    const names = (await unreadable.unless(keys.lanes, () => client.smembers(keys.lanes))) ?? [];
    const other = names.find((name) => !isLane(name));
    if (other !== undefined) unreadable.tell(keys.lanes, `"${other}" is the name of no lane`);
    const wanted = names.filter((name) => {
      const parts = parseLane(name);
      return parts !== undefined && isWanted(parts);
    });
    if (wanted.length > MOST_LANES) unreadable.tell(keys.lanes, `it names more than ${MOST_LANES} lanes`);
    return wanted.sort().slice(0, MOST_LANES);
  }

  /**
   * Makes lanes known to every worker; to be called before they get jobs, and each time: Redis may have lost them, the leader may
   * have retired them, and workers serve some only while they have jobs.
   */
  async announce(lanes: ReadonlySet<string>): Promise<void> {
    const { client, keys, signals } = this.#internals;
    for (const lane of lanes) {
      await client.set(keys.layout, LAYOUT, 'NX');
      await client.sadd(keys.lanes, lane);
      await signals.send('lane', lane);
    }
  }

  /** Calls `onLane` for every lane that is wanted, as soon as it appears and again at every look. */
  watch(isWanted: LaneFilter, onLane: (lane: string, parts: LaneParts) => void): LaneWatch {
    const { logger, signals } = this.#internals;
    const see = (lane: string): void => {
      const parts = parseLane(lane);
      if (parts !== undefined && isWanted(parts)) onLane(lane, parts);
    };
    const unlisten = signals.listen((kind, lane) => {
      if (kind === 'lane') see(lane);
      else if (kind === 'gap') look.now();
    });
    const look = repeat(LOOK_MS, logger, async () => {
      for (const lane of await this.list(isWanted)) see(lane);
    });
    look.now();
    return {
      look: () => look.now(),
      stop: async () => {
        unlisten();
        await look.stop();
      },
    };
  }

  /** Keeps all copies from the source of that lane waiting, by whatever relay and to whatever target; a longer wait stays. */
  async pauseSource(own: LaneParts, delayMs: number): Promise<void> {
    const { keys, queues, unreadable } = this.#internals;
    const lane = laneName(own);
    const others = await this.list(({ source }) => source === own.source);
    await pauseQueue(queues.get(lane), delayMs);
    const pausing = others
      .filter((other) => other !== lane)
      .map((other) => unreadable.unless(keys.root + other, () => pauseQueue(queues.get(other), delayMs)));
    await Promise.all(pausing);
  }

  async status(): Promise<LaneStatus[]> {
    const lanes = await this.list();
    const statuses = await this.#readEach(lanes, (lane) => this.#statusOf(lane));
    return statuses.filter((status) => status !== undefined);
  }

  async jobs(options: Parameters<Lanes['jobs']>[0]): Promise<LaneJob[]> {
    return listJobs(this.#internals, await this.list(), options);
  }

  async pause(lane: string): Promise<void> {
    await this.announce(new Set([lane]));
    await this.#internals.queues.get(lane).pause();
  }

  resume(lane: string): Promise<void> {
    return this.#internals.queues.get(lane).resume();
  }

  async depths(isWanted?: LaneFilter): Promise<QueueDepth[]> {
    return this.#readEach([RUNS_QUEUE, ...(await this.list(isWanted))], (queue) => this.#depth(queue));
  }

  async #readEach<T>(names: readonly string[], read: (name: string) => Promise<T>): Promise<T[]> {
    const { keys, unreadable } = this.#internals;
    const each = names.map((name) => unreadable.unless(keys.root + name, () => read(name)));
    return (await Promise.all(each)).filter((value) => value !== undefined);
  }

  async #statusOf(lane: string): Promise<LaneStatus | undefined> {
    const parts = parseLane(lane);
    if (parts === undefined) return undefined;
    const queue = this.#internals.queues.get(lane);
    const [{ queue: _, ...depth }, paused, rateLimitedMs] = await Promise.all([
      this.#depth(lane),
      queue.isPaused(),
      queue.getRateLimitTtl(UNREACHABLE_LIMIT),
    ]);
    return { lane, ...parts, ...depth, paused, ...(rateLimitedMs > 0 && { rateLimitedMs }) };
  }

  async #depth(name: string): Promise<QueueDepth> {
    const counts = await this.#internals.queues
      .get(name)
      .getJobCounts('wait', 'prioritized', 'active', 'delayed', 'failed');
    const { wait = 0, prioritized = 0, active = 0, delayed = 0, failed = 0 } = counts;
    const planned = name === RUNS_QUEUE ? await countPlanned(this.#internals) : 0;
    return {
      queue: name,
      waiting: wait + prioritized,
      active,
      delayed: Math.max(0, delayed - planned),
      failed,
    };
  }
}
