import type { RelayName } from '@regfleet/model';
import type { CopyConsumer, CopyConsumerOptions, LaneWatch } from './api.ts';
import { drainWorkers } from './drain.ts';
import { INTERNALS } from './internals.ts';
import { LaneWorker } from './lane-worker.ts';
import type { LaneParts } from './names.ts';
import { Slots } from './slots.ts';

/** Takes copies from all lanes of its relays and registries, from each as it appears. */
export function startCopyConsumer(options: CopyConsumerOptions): CopyConsumer {
  return new LaneConsumer(options);
}

class LaneConsumer implements CopyConsumer {
  readonly #options: CopyConsumerOptions;
  readonly #relays: Set<RelayName>;
  readonly #workers = new Map<string, LaneWorker>();
  readonly #slots: Slots;
  readonly #startedAtMs = Date.now();
  readonly #stopListening: () => void;
  readonly #watch: LaneWatch;
  #draining: Promise<void> | undefined;

  constructor(options: CopyConsumerOptions) {
    this.#options = options;
    this.#relays = new Set(options.relays);
    this.#slots = new Slots(options.concurrency, () => this.#adjust());
    this.#stopListening = options.fleet[INTERNALS].signals.listen((kind, runId) => {
      if (kind !== 'cancel') return;
      for (const worker of this.#workers.values()) worker.cancelRun(runId);
    });
    this.#watch = options.fleet.lanes.watch(
      ({ relay, registry }) => this.#relays.has(relay) && options.servesRegistry(registry),
      (lane, parts) => this.#take(lane, parts),
    );
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
  }

  drain(): Promise<void> {
    this.#draining ??= this.#drain();
    return this.#draining;
  }

  #take(lane: string, parts: LaneParts): void {
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
      this.#watch.stop(),
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
