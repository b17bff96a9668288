import {
  type CopyResult,
  makeReference,
  parseDigest,
  type RelayName,
  SyncError,
  type SyncErrorDetails,
} from '@regfleet/model';
import { afterEach, beforeEach } from 'vitest';
import {
  type Consumer,
  type CopyConsumer,
  type CopyConsumerOptions,
  type CopyJob,
  type CopyOrder,
  type FleetStore,
  type JobContext,
  judged,
  type RunConsumerOptions,
  type RunRecord,
  type RunTicket,
  type RunTrigger,
  type ScheduleSpec,
} from '../index.ts';

/** A store with nothing in it. */
export interface OpenedStore {
  readonly fleet: FleetStore;
  /** Hands copies of a run over; resolves when all of them are queued, whether or not anybody takes copies. */
  queue(runId: string, orders: readonly CopyOrder[]): Promise<void>;
  close(): Promise<void>;
}

export type OpenStore = () => Promise<OpenedStore>;

export const COPIED: CopyResult = {
  outcome: 'copied',
  targetDigest: parseDigest(`sha256:${'a'.repeat(64)}`),
};

export const failure = (code: SyncError['code'], details: Partial<SyncErrorDetails> = {}): SyncError =>
  new SyncError(code, { message: 'a failure of the test', ...details });

interface OrderOptions {
  readonly source?: string;
  readonly target?: string;
  /** Of the source. */
  readonly repository?: string;
  readonly relay?: RelayName;
  readonly attempts?: number;
}

export function order(tag: string, options: OrderOptions = {}): CopyOrder {
  const { source = 'source.test:5000', target = 'target.test', relay = 'direct' } = options;
  return {
    request: {
      task: 'a task',
      source: makeReference({ registry: source, repository: options.repository ?? 'library/image', tag }),
      target: makeReference({ registry: target, repository: 'mirror/image', tag }),
      relay,
    },
    attempts: options.attempts ?? 3,
    backoffMs: 5,
    maxBackoffMs: 20,
  };
}

export const orders = (
  count: number,
  options: OrderOptions & { readonly prefix?: string } = {},
): CopyOrder[] =>
  Array.from({ length: count }, (_, index) => order(`${options.prefix ?? 'v'}${index}`, options));

export const HOUR_MS = 3_600_000;

export const hourly = (task: string, fingerprint = 'f1'): ScheduleSpec => ({
  task,
  fingerprint,
  everyMs: HOUR_MS,
});
export const yearly = (task: string, fingerprint = 'f1'): ScheduleSpec => ({
  task,
  fingerprint,
  pattern: '0 0 1 1 *',
  timezone: 'Europe/Berlin',
});

/** A copy as a test plays it: resolves or throws. */
export type Copy = (job: CopyJob, context: JobContext) => Promise<CopyResult>;

interface CopiesOptions extends Partial<CopyConsumerOptions> {
  readonly copy?: Copy;
}

type Expand = (ticket: RunTicket, context: JobContext) => Promise<void>;

// Longer than any case takes where machines are busy.
const DEADLINE_MS = 30_000;

/** One store for each test, and whatever a test starts stopped after it. */
export function useStore(open: OpenStore) {
  let store: OpenedStore | undefined;
  let consumers: Consumer[] = [];
  let runNumber = 0;
  beforeEach(async () => {
    store = await open();
  });
  afterEach(async () => {
    await Promise.all(consumers.map((consumer) => consumer.drain()));
    consumers = [];
    await store?.close();
    store = undefined;
  });
  const opened = (): OpenedStore => {
    if (store === undefined) throw new Error('the store is not open');
    return store;
  };
  const started = <Started extends Consumer>(consumer: Started): Started => {
    consumers.push(consumer);
    return consumer;
  };
  return {
    get fleet() {
      return opened().fleet;
    },
    queue: (runId: string, wanted: readonly CopyOrder[]) => opened().queue(runId, wanted),
    copies({ copy = async () => COPIED, ...rest }: CopiesOptions = {}): CopyConsumer {
      const consumer = opened().fleet.consumeCopies({
        relays: ['direct'],
        servesLane: () => true,
        concurrency: 4,
        graceMs: 0,
        process: (job, context) => judged(context, () => copy(job, context)),
        ...rest,
      });
      return started(consumer);
    },
    expansions(expand: Expand, rest: Partial<RunConsumerOptions> = {}): Consumer {
      const consumer = opened().fleet.consumeRuns({
        concurrency: 4,
        graceMs: 0,
        process: (ticket, context) => judged(context, () => expand(ticket, context)),
        ...rest,
      });
      return started(consumer);
    },
    /** A claimed run that nobody expands. */
    async begin(task?: string, trigger: RunTrigger = 'schedule'): Promise<string> {
      runNumber += 1;
      const runId = `run-${runNumber}`;
      await opened().fleet.runs.claim({ runId, task: task ?? `task ${runNumber}`, trigger });
      return runId;
    },
    /** A run of these copies. */
    async ask(...wanted: readonly CopyOrder[]): Promise<string> {
      const runId = await this.begin();
      await opened().queue(runId, wanted);
      await opened().fleet.runs.finishExpansion(runId, []);
      return runId;
    },
    /** The record once the run has ended. */
    ended: (runId: string): Promise<RunRecord> =>
      opened().fleet.runs.wait(runId, { signal: AbortSignal.timeout(DEADLINE_MS) }),
    run: (runId: string): Promise<RunRecord | undefined> => opened().fleet.runs.get(runId),
  };
}

/** Resolves each wait once something has happened so often. */
export function counter() {
  let count = 0;
  const waiting: { readonly least: number; resolve(): void }[] = [];
  return {
    get count() {
      return count;
    },
    add(): number {
      count += 1;
      for (const { least, resolve } of waiting) if (count >= least) resolve();
      return count;
    },
    async reached(least: number): Promise<void> {
      if (count >= least) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push({ least, resolve });
      await promise;
    },
  };
}

interface HeldCopy extends CopyJob {
  end(error?: Error): void;
}

/** Copies that go on until the test ends them or they are aborted, in the order in which they began. */
export function heldCopies() {
  const begun: HeldCopy[] = [];
  const begins = counter();
  const aborted: unknown[] = [];
  const copy: Copy = (job, context) => {
    const { promise, resolve, reject } = Promise.withResolvers<CopyResult>();
    context.signal.addEventListener('abort', () => {
      aborted.push(context.aborted);
      reject(context.signal.reason);
    });
    begun.push({ ...job, end: (error) => (error === undefined ? resolve(COPIED) : reject(error)) });
    begins.add();
    return promise;
  };
  return {
    begun,
    /** Why copies were aborted. */
    aborted,
    copy,
    /** Resolves when so many have begun. */
    reached: (least: number) => begins.reached(least),
    /** Resolves when so many have begun, with the last of them. */
    async nth(number: number): Promise<HeldCopy> {
      await begins.reached(number);
      const found = begun[number - 1];
      if (found === undefined) throw new Error(`copy ${number} has not begun`);
      return found;
    },
    endAll(): void {
      for (const held of begun) held.end();
    },
  };
}

/** Counts what is under way at once, by what `keysOf` says of a copy. */
export function gauge(keysOf: (job: CopyJob) => readonly string[]) {
  const now = new Map<string, number>();
  const most = new Map<string, number>();
  const add = (key: string, number: number): void => {
    now.set(key, (now.get(key) ?? 0) + number);
    most.set(key, Math.max(most.get(key) ?? 0, now.get(key) ?? 0));
  };
  const copy: Copy = async (job) => {
    const keys = keysOf(job);
    for (const key of keys) add(key, 1);
    // Long enough for others to begin meanwhile.
    await new Promise((resolve) => setTimeout(resolve, 15));
    for (const key of keys) add(key, -1);
    return COPIED;
  };
  return { copy, mostOf: (key: string) => most.get(key) ?? 0 };
}
