import type { CopyOrder, ExpansionCounts } from '@regfleet/fleet';

// One Lua call per job inside one MULTI: few enough that Redis answers others in between.
const MOST = 500;
// Nobody waits longer for the first image of a slow expansion.
const LONGEST_MS = 100;

type Counts = Partial<ExpansionCounts>;

/** Writes into Redis what was handed over meanwhile. */
export interface BatchWriter {
  enqueue(runId: string, orders: readonly CopyOrder[]): Promise<unknown>;
  setCounts(runId: string, counts: Counts): Promise<void>;
}

/** What expansions hand over one by one, written into Redis in batches; no more than two batches of a run are in hand. */
export class RunBatches {
  readonly #writer: BatchWriter;
  readonly #batches = new Map<string, RunBatch>();

  constructor(writer: BatchWriter) {
    this.#writer = writer;
  }

  /** Resolves when there is room for the next one. @throws what writing an earlier one came to. */
  async add(runId: string, order: CopyOrder): Promise<void> {
    await this.#guard(runId, (batch) => batch.room());
    // Not the same batch where the one before has been written meanwhile.
    this.#of(runId).add(order);
  }

  count(runId: string, counts: Counts): void {
    this.#of(runId).count(counts);
  }

  /** Resolves when all is written that was handed over. @throws as `add`. */
  async end(runId: string): Promise<void> {
    await this.#guard(runId, (batch) => batch.flush());
    this.#batches.delete(runId);
  }

  /** For an expansion that begins anew: it hands everything over again. */
  forget(runId: string): void {
    this.#batches.get(runId)?.drop();
    this.#batches.delete(runId);
  }

  close(): void {
    for (const runId of [...this.#batches.keys()]) this.forget(runId);
  }

  #of(runId: string): RunBatch {
    const known = this.#batches.get(runId);
    if (known !== undefined) return known;
    const batch: RunBatch = new RunBatch(runId, this.#writer, () => {
      if (this.#batches.get(runId) === batch) this.#batches.delete(runId);
    });
    this.#batches.set(runId, batch);
    return batch;
  }

  async #guard(runId: string, work: (batch: RunBatch) => Promise<void>): Promise<void> {
    try {
      await work(this.#of(runId));
    } catch (error) {
      this.forget(runId);
      throw error;
    }
  }
}

class RunBatch {
  readonly #runId: string;
  readonly #writer: BatchWriter;
  readonly #onIdle: () => void;
  #orders: CopyOrder[] = [];
  #counts: Counts | undefined;
  #writing: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  constructor(runId: string, writer: BatchWriter, onIdle: () => void) {
    this.#runId = runId;
    this.#writer = writer;
    this.#onIdle = onIdle;
  }

  /** What failed while nobody listened is told here. */
  async room(): Promise<void> {
    if (this.#orders.length >= MOST) await this.flush();
  }

  add(order: CopyOrder): void {
    this.#orders.push(order);
    this.#flushSoon();
  }

  count(counts: Counts): void {
    this.#counts = { ...this.#counts, ...counts };
    this.#flushSoon();
  }

  flush(): Promise<void> {
    this.drop();
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  drop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #flushSoon(): void {
    this.#timer ??= setTimeout(() => void this.flush().catch(() => undefined), LONGEST_MS).unref();
  }

  async #write(): Promise<void> {
    const orders = this.#orders;
    const counts = this.#counts;
    this.#orders = [];
    this.#counts = undefined;
    if (orders.length > 0) await this.#writer.enqueue(this.#runId, orders);
    if (counts !== undefined) await this.#writer.setCounts(this.#runId, counts);
    // An expansion that was stopped says no word of its end.
    if (this.#orders.length === 0 && this.#counts === undefined) this.#onIdle();
  }
}
