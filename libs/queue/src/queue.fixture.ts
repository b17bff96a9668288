import { randomUUID } from 'node:crypto';
import {
  type Consumer,
  type CopyConsumer,
  type CopyConsumerOptions,
  type CopyJob,
  type CopyOrder,
  type JobContext,
  judged,
  laneName,
  type RunConsumerOptions,
  type RunTicket,
} from '@regfleet/fleet';
import { eventually, type RedisOptions, startRedis, type TestRedis } from '@regfleet/harness';
import { type CopyResult, type Logger, makeReference, parseDigest, silentLogger } from '@regfleet/model';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { connectFleet, type RedisFleet } from './fleet.ts';

export const digest = (character: string) => parseDigest(`sha256:${character.repeat(64)}`);

export const COPIED: CopyResult = { outcome: 'copied', sourceDigest: digest('a'), targetDigest: digest('a') };

/** Dead workers are noticed quickly. */
export const QUICK_LOCKS = { lockDurationMs: 1_000, stalledIntervalMs: 500 };

export { failure } from '@regfleet/fleet/contract';

const SOURCE = 'source.test:5000';
const TARGET = 'target.test';

export interface OrderOptions {
  readonly registry?: string;
  readonly target?: string;
  readonly repository?: string;
  readonly attempts?: number;
}

/** The lane of an order with these options. */
export const laneOf = ({ registry = SOURCE, target = TARGET }: OrderOptions = {}): string =>
  laneName({ relay: 'direct', source: registry, target });

export function order(tag: string, options: OrderOptions = {}): CopyOrder {
  return {
    request: {
      task: 'a task',
      source: makeReference({
        registry: options.registry ?? SOURCE,
        repository: 'library/image',
        tag,
      }),
      target: makeReference({
        registry: options.target ?? TARGET,
        repository: options.repository ?? 'mirror/image',
        tag,
      }),
      relay: 'direct',
      sourceDigest: digest('a'),
    },
    attempts: options.attempts ?? 3,
    backoffMs: 5,
    maxBackoffMs: 20,
  };
}

export const orders = (count: number, options: OrderOptions = {}): CopyOrder[] =>
  Array.from({ length: count }, (_, index) => order(`v${index}`, options));

/** Keeps the warnings and errors that it is given, fields as JSON behind the message. */
export function keepingLogger(): { readonly logger: Logger; readonly lines: string[] } {
  const lines: string[] = [];
  const keep = (fields: object, message: string): void => {
    lines.push(`${message} ${JSON.stringify(fields)}`);
  };
  const logger: Logger = { ...silentLogger, warn: keep, error: keep, child: () => logger };
  return { logger, lines };
}

/** A copy as a test plays it: resolves or throws. */
export type Copy = (job: CopyJob, context: JobContext) => Promise<CopyResult>;

/** Has `copy` judged as a worker has its copies judged. */
export const copying =
  (copy: Copy): CopyConsumerOptions['process'] =>
  (job, context) =>
    judged(context, () => copy(job, context));

interface CopiesOptions extends Partial<CopyConsumerOptions> {
  readonly fleet: RedisFleet;
  readonly copy?: Copy;
}

interface RunsOptions extends Partial<RunConsumerOptions> {
  readonly fleet: RedisFleet;
  expand(ticket: RunTicket, context: JobContext & JobContext['facts']): Promise<void>;
}

/** What would be begun beside it has begun by then: that takes fewer questions to Redis than these. */
export async function takeAWhile({ internals }: RedisFleet): Promise<void> {
  for (let question = 0; question < 20; question += 1) await internals.client.ping();
}

/** Copies of which the first five are done at once, and the others begun and held until `goOn`. */
export function halfDone() {
  const over = Promise.withResolvers<void>();
  const attempts: number[] = [];
  return {
    /** Of each try, in the order in which they began. */
    attempts,
    /** Every copy that `slots` have room for is held, and nothing is on its way to Redis: it may lose what it has answered. */
    quiet: async (fleet: RedisFleet, runId: string, slots: number): Promise<void> => {
      await eventually(
        async () => attempts.length === 5 + slots && (await fleet.runs.get(runId))?.counts.copied === 5,
        { what: `five copies to be counted, and ${slots} to be held` },
      );
    },
    goOn: over.resolve,
    copy: async ({ attempt }: CopyJob): Promise<CopyResult> => {
      attempts.push(attempt);
      if (attempts.length > 5) await over.promise;
      return COPIED;
    },
  };
}

/** One Redis for a file, a prefix for each test, and everything that a test starts stopped after it. */
export function useFleets(redisOptions: RedisOptions = {}) {
  let redis: TestRedis | undefined;
  let prefix = randomUUID();
  let cleanUps: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    redis = await startRedis(redisOptions);
  });
  afterEach(async () => {
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
    cleanUps = [];
    prefix = randomUUID();
  });
  afterAll(() => redis?.stop());
  const running = (): TestRedis => {
    if (redis === undefined) throw new Error('redis is not running');
    return redis;
  };
  return {
    get redis() {
      return running();
    },
    get prefix() {
      return prefix;
    },
    onCleanUp(cleanUp: () => Promise<unknown>): void {
      cleanUps.push(cleanUp);
    },
    async connect(logger: Logger = silentLogger): Promise<RedisFleet> {
      const fleet = await connectFleet({
        url: running().url,
        prefix,
        logger,
        deadlineMs: 5_000,
      });
      cleanUps.push(() => fleet.close());
      return fleet;
    },
    copies({ fleet, copy, ...options }: CopiesOptions): CopyConsumer {
      const consumer = fleet.consumeCopies({
        relays: ['direct'],
        servesLane: () => true,
        concurrency: 4,
        graceMs: 0,
        process: copying(copy ?? (() => Promise.resolve(COPIED))),
        ...QUICK_LOCKS,
        ...options,
      });
      cleanUps.push(() => consumer.drain());
      return consumer;
    },
    runs({ fleet, expand, ...options }: RunsOptions): Consumer {
      const consumer = fleet.consumeRuns({
        concurrency: 4,
        graceMs: 0,
        process: (ticket, context) => judged(context, () => expand(ticket, { ...context.facts, ...context })),
        ...QUICK_LOCKS,
        ...options,
      });
      cleanUps.push(() => consumer.drain());
      return consumer;
    },
  };
}

let runNumber = 0;

/** A claimed run without a job on the `runs` queue. */
export async function openRun(fleet: RedisFleet, task = 'a task'): Promise<string> {
  runNumber += 1;
  const runId = `run-${runNumber}`;
  await fleet.runs.claim({ runId, task, trigger: 'schedule' });
  return runId;
}
