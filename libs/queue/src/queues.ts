import { type Logger, redact } from '@regfleet/model';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Keys } from './keys.ts';
import { RUNS_QUEUE } from './names.ts';
import { repeatStrategy } from './repeat-strategy.ts';

// Nobody reads BullMQ's event streams here; the default of 10,000 entries costs a megabyte per lane.
const EVENTS_KEPT = 100;

/** BullMQ's queues by name, over the shared connection. */
export class Queues {
  readonly #client: Redis;
  readonly #keys: Keys;
  readonly #logger: Logger;
  readonly #queues = new Map<string, Queue>();

  constructor(client: Redis, keys: Keys, logger: Logger) {
    this.#client = client;
    this.#keys = keys;
    this.#logger = logger;
  }

  get runs(): Queue {
    return this.get(RUNS_QUEUE);
  }

  get(name: string): Queue {
    const known = this.#queues.get(name);
    if (known !== undefined) return known;
    const queue = new Queue(name, {
      connection: this.#client,
      prefix: this.#keys.prefix,
      settings: { repeatStrategy },
      streams: { events: { maxLen: EVENTS_KEPT } },
    });
    queue.on('error', (error) => {
      this.#logger.debug({ queue: name, error: redact(error.message) }, 'trouble with a queue');
    });
    this.#queues.set(name, queue);
    return queue;
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#queues.values()].map((queue) => queue.close()));
  }
}
