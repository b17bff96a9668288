import type { RelayName } from '@regfleet/model';
import type { CopyConsumer, CopyConsumerOptions } from './api.ts';
import { drainWorkers } from './drain.ts';
import { INTERNALS } from './internals.ts';
import { LaneWorker } from './lane-worker.ts';
import { parseLane } from './names.ts';
import { Slots } from './slots.ts';

/** Takes copies from all lanes of its relays, from each as it appears. */
export async function startCopyConsumer(options: CopyConsumerOptions): Promise<CopyConsumer> {
  const consumer = new LaneConsumer(options);
  await consumer.start();
  return consumer;
}

class LaneConsumer implements CopyConsumer {
  readonly #options: CopyConsumerOptions;
  readonly #relays: Set<RelayName>;
  /** Lanes that appeared, those of other relays included. */
  readonly #seen = new Set<string>();
  readonly #workers = new Map<string, LaneWorker>();
  readonly #slots: Slots;
  readonly #startedAtMs = Date.now();
  #stopWatching: () => Promise<void> = () => Promise.resolve();
  #stopListening: () => void = () => undefined;
  #draining: Promise<void> | undefined;

  constructor(options: CopyConsumerOptions) {
    this.#options = options;
    this.#relays = new Set(options.relays);
    this.#slots = new Slots(options.concurrency, () => this.#adjust());
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

  async start(): Promise<void> {
    const { fleet } = this.#options;
    this.#stopListening = fleet[INTERNALS].signals.listen((kind, runId) => {
      if (kind !== 'cancel') return;
      for (const worker of this.#workers.values()) worker.cancelRun(runId);
    });
    this.#stopWatching = await fleet.lanes.watch((lane) => {
      this.#seen.add(lane);
      this.#take(lane);
    });
  }

  serve(relay: RelayName): void {
    this.#relays.add(relay);
    for (const lane of this.#seen) this.#take(lane);
  }

  drain(): Promise<void> {
    this.#draining ??= this.#drain();
    return this.#draining;
  }

  #take(lane: string): void {
    const parts = parseLane(lane);
    if (parts === undefined || !this.#relays.has(parts.relay)) return;
    if (this.#draining !== undefined || this.#workers.has(lane)) return;
    const { fleet } = this.#options;
    this.#workers.set(lane, new LaneWorker({ lane, parts }, fleet[INTERNALS], this.#options, this.#slots));
  }

  #adjust(): void {
    if (this.#draining !== undefined) return;
    for (const worker of this.#workers.values()) worker.adjust();
  }

  async #drain(): Promise<void> {
    const workers = [...this.#workers.values()];
    await Promise.all([
      this.#stopWatching(),
      drainWorkers(
        workers.map(({ worker }) => worker),
        {
          graceMs: this.#options.graceMs,
          activeCount: () => workers.reduce((sum, { takenCount }) => sum + takenCount, 0),
          isConnected: () => this.#options.fleet.isConnected,
        },
      ),
    ]);
    this.#stopListening();
  }
}
