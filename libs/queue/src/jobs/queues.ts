import { type Logger, redact } from '@regfleet/model';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Keys } from '../redis/keys.ts';
import { RUNS_QUEUE } from './names.ts';
import { repeatStrategy } from './repeat-strategy.ts';

// Nobody reads BullMQ's event streams here; the default of 10,000 entries costs a megabyte per lane.
const EVENTS_KEPT = 100;

// Nothing of a process is under way on a queue that it has not asked for in so long.
const IDLE_MS = 10 * 60_000;
const LOOK_MS = 60_000;

interface Used {
  readonly queue: Queue;
  usedAtMs: number;
}

/** BullMQ's queues by name, over the shared connection. To be asked for at each use: those out of use are closed. */
export class Queues {
  readonly #client: Redis;
  readonly #keys: Keys;
  readonly #logger: Logger;
  readonly #queues = new Map<string, Used>();
  readonly #timer: NodeJS.Timeout;

  constructor(client: Redis, keys: Keys, logger: Logger) {
    this.#client = client;
    this.#keys = keys;
    this.#logger = logger;
    this.#timer = setInterval(() => void this.closeUnused(IDLE_MS), LOOK_MS).unref();
  }

  get size(): number {
    return this.#queues.size;
  }

  get runs(): Queue {
    return this.get(RUNS_QUEUE);
  }

  get(name: string): Queue {
    const known = this.#queues.get(name);
    if (known !== undefined) {
      known.usedAtMs = Date.now();
      return known.queue;
    }
    const queue = new Queue(name, {
      connection: this.#client,
      prefix: this.#keys.prefix,
      settings: { repeatStrategy },
      streams: { events: { maxLen: EVENTS_KEPT } },
    });
    queue.on('error', (error) => {
      this.#logger.debug({ queue: name, error: redact(error.message) }, 'trouble with a queue');
    });
    this.#queues.set(name, { queue, usedAtMs: Date.now() });
    return queue;
  }

  async close(name: string): Promise<void> {
    const known = this.#queues.get(name);
    this.#queues.delete(name);
    await known?.queue.close();
  }

  /** Closes those that nobody asked for in the last `idleMs`. */
  async closeUnused(idleMs: number): Promise<void> {
    const beforeMs = Date.now() - idleMs;
    const unused = [...this.#queues].filter(([, { usedAtMs }]) => usedAtMs <= beforeMs);
    await Promise.allSettled(unused.map(([name]) => this.close(name)));
  }

  async closeAll(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.allSettled([...this.#queues.keys()].map((name) => this.close(name)));
  }
}
