import type { Worker } from 'bullmq';

// Raising a worker's concurrency is only seen when it looks; much may change in a short time.
const WAKE_MS = 50;

/** How many jobs a worker of BullMQ takes at once, where that changes while it works, and whether it takes any. */
export class WorkerConcurrency {
  readonly #worker: Worker;
  #waking: NodeJS.Timeout | undefined;
  #isHeld = false;

  constructor(worker: Worker) {
    this.#worker = worker;
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  set(wanted: number): void {
    const isMore = wanted > this.#worker.concurrency;
    this.#worker.concurrency = wanted;
    if (isMore) this.#waking ??= setTimeout(() => void this.#wake(), WAKE_MS);
  }

  /** Takes no jobs in this process until `goOn`; those that are taken go on. */
  async hold(): Promise<void> {
    this.#isHeld = true;
    await this.#worker.pause(true);
  }

  async goOn(): Promise<void> {
    this.#isHeld = false;
    if (this.#worker.closing === undefined) await this.#worker.resume();
  }

  /** A busy worker looks for more only when one of its jobs ends, or when it is resumed. */
  async #wake(): Promise<void> {
    this.#waking = undefined;
    if (this.#isHeld || this.#worker.closing !== undefined) return;
    await this.#worker.pause(true);
    // It may have been told to take none meanwhile.
    if (!this.#isHeld) await this.#worker.resume();
  }
}
