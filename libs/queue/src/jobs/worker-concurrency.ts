import type { Worker } from 'bullmq';

// Raising a worker's concurrency is only seen when it looks; much may change in a short time.
const WAKE_MS = 50;

/** How many jobs a worker of BullMQ takes at once, where that changes while it works. */
export class WorkerConcurrency {
  readonly #worker: Worker;
  #waking: NodeJS.Timeout | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
  }

  set(wanted: number): void {
    const isMore = wanted > this.#worker.concurrency;
    this.#worker.concurrency = wanted;
    if (isMore) this.#waking ??= setTimeout(() => void this.#wake(), WAKE_MS);
  }

  /** A busy worker looks for more only when one of its jobs ends, or when it is resumed. */
  async #wake(): Promise<void> {
    this.#waking = undefined;
    if (this.#worker.closing !== undefined) return;
    await this.#worker.pause(true);
    await this.#worker.resume();
  }
}
