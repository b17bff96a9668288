import type {
  Consumer,
  CopyConsumer,
  CopyConsumerOptions,
  FleetStore,
  RateLimitPauses,
  RunConsumerOptions,
  SyncRecords,
} from '@regfleet/fleet';
import { type Logger, silentLogger } from '@regfleet/model';
import { LocalCopyConsumer } from './copies/copy-consumer.ts';
import { CopyQueue } from './copies/copy-queue.ts';
import { PermitPools } from './copies/local-permits.ts';
import { LocalHolds } from './local-holds.ts';
import { LocalOutageNotes } from './local-outage-notes.ts';
import { memoryRecords } from './memory-records.ts';
import { Firings } from './runs/firings.ts';
import { LocalRuns } from './runs/local-runs.ts';
import { RunBook } from './runs/run-book.ts';
import { RunConsumer } from './runs/run-consumer.ts';
import { RunWatchers } from './runs/run-watchers.ts';
import { LocalSchedules } from './schedules.ts';

export interface LocalFleetOptions {
  /** Default: in memory, so that they end with the process. */
  readonly records?: SyncRecords;
  /** Of the process: what its planning is told holds for its copies, too. */
  readonly pauses: RateLimitPauses;
  /** Default: says nothing. */
  readonly logger?: Logger;
}

/** The store of a fleet of one process: it ends with it. */
export interface LocalFleet extends FleetStore {
  /** Ends what is still under way without a grace period; nothing fires any more, and no timer is left. */
  close(): Promise<void>;
}

export function openLocalFleet(options: LocalFleetOptions): LocalFleet {
  return new MemoryFleet(options);
}

class MemoryFleet implements LocalFleet {
  readonly schedules: LocalSchedules;
  readonly runs: LocalRuns;
  readonly records: SyncRecords;
  readonly holds = new LocalHolds();
  readonly outages = new LocalOutageNotes();
  readonly #pauses: RateLimitPauses;
  readonly #logger: Logger;
  readonly #book: RunBook;
  readonly #firings: Firings;
  readonly #copies: CopyQueue;
  readonly #pools = new PermitPools();
  readonly #runConsumers = new Set<RunConsumer>();
  readonly #copyConsumers = new Set<LocalCopyConsumer>();

  constructor({ records = memoryRecords(), pauses, logger = silentLogger }: LocalFleetOptions) {
    this.records = records;
    this.#pauses = pauses;
    this.#logger = logger;
    const watchers = new RunWatchers(logger);
    const book = new RunBook(watchers);
    this.#book = book;
    this.#firings = new Firings({
      onInterrupted: ({ runId, task, trigger }) => book.interrupt({ runId, task, trigger }),
      onGone: (runId) => book.tell(runId),
    });
    this.#copies = new CopyQueue(book, this.holds);
    this.runs = new LocalRuns({
      book,
      firings: this.#firings,
      copies: this.#copies,
      watchers,
      cancelExpansion: (runId) => {
        for (const consumer of this.#runConsumers) consumer.cancel(runId);
      },
    });
    this.schedules = new LocalSchedules({ book, firings: this.#firings, logger });
  }

  consumeRuns(options: RunConsumerOptions): Consumer {
    const consumer = new RunConsumer(this.#firings, this.runs, options);
    this.#runConsumers.add(consumer);
    void consumer.ended.then(() => this.#runConsumers.delete(consumer));
    return consumer;
  }

  consumeCopies(options: CopyConsumerOptions): CopyConsumer {
    const parts = {
      copies: this.#copies,
      pools: this.#pools,
      pauses: this.#pauses,
      holds: this.holds,
      logger: this.#logger,
    };
    const consumer = new LocalCopyConsumer(parts, options);
    this.#copyConsumers.add(consumer);
    void consumer.ended.then(() => this.#copyConsumers.delete(consumer));
    return consumer;
  }

  troubleOf(): undefined {
    return undefined;
  }

  async close(): Promise<void> {
    this.schedules.close();
    this.holds.close();
    await Promise.all([...this.#runConsumers, ...this.#copyConsumers].map((consumer) => consumer.stop()));
    this.#firings.interrupt();
    this.#copies.interrupt();
    this.#book.endAll();
  }
}
