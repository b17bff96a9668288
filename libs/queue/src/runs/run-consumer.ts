import {
  Attempt,
  type Consumer,
  EXPANSION_BACKOFF,
  judged,
  type RunConsumerOptions,
  type RunTicket,
  type RunVerdict,
  type Shortfall,
} from '@regfleet/fleet';
import { type SyncError, toSyncError } from '@regfleet/model';
import { type Job, Worker } from 'bullmq';
import { carryOut, describe, type ShortfallOfJob } from '../jobs/control.ts';
import { drainWorkers } from '../jobs/drain.ts';
import { jobContext } from '../jobs/job-context.ts';
import { jobFacts, type ReadFacts } from '../jobs/job-facts.ts';
import { asHolder } from '../jobs/job-lock.ts';
import { jobStalled } from '../jobs/lost-job.ts';
import { RUNS_QUEUE, runIdOfJob, slotOfJob } from '../jobs/names.ts';
import { type RunPayload, readRunPayload } from '../jobs/payload.ts';
import { WorkerConcurrency } from '../jobs/worker-concurrency.ts';
import { listenToWorker, workerOptions } from '../jobs/worker-options.ts';
import { type Repetition, repeat } from '../redis/repeat.ts';
import { readRuns } from './read-run.ts';
import type { FleetInternals } from './run-store.ts';

// A signal can be lost.
const LOOK_FOR_CANCELLED_MS = 2_000;

/** What a consumer of runs needs of the store besides. */
export interface RunSurroundings {
  isAnswering(): boolean;
  /** Writes what the expansion of a run has handed over. */
  flush(runId: string): Promise<void>;
}

/** Takes firings of tasks and has them expanded. */
export class RunConsumer implements Consumer {
  readonly #options: RunConsumerOptions;
  readonly #internals: FleetInternals;
  readonly #surroundings: RunSurroundings;
  readonly #worker: Worker;
  readonly #concurrency: WorkerConcurrency;
  /** Job id by run id, of what is being expanded. */
  readonly #active = new Map<string, string>();
  readonly #unlisten: () => void;
  readonly #cancels: Repetition;
  /** Expansions that wait for a registry, and meanwhile keep no other from being expanded. */
  #idling = 0;
  #lastActivityAtMs = Date.now();

  constructor(internals: FleetInternals, options: RunConsumerOptions, surroundings: RunSurroundings) {
    this.#options = options;
    this.#internals = internals;
    this.#surroundings = surroundings;
    this.#worker = new Worker(
      RUNS_QUEUE,
      (job, token, signal) => this.#process(job, token ?? '', new Attempt(signal)),
      workerOptions(this.#internals, options, options.concurrency),
    );
    this.#concurrency = new WorkerConcurrency(this.#worker);
    listenToWorker(this.#worker, this.#internals.logger);
    this.#worker.on('failed', (job) => void this.#onFailed(job));
    this.#unlisten = this.#internals.signals.listen((kind, runId) => {
      if (kind === 'cancel') this.#cancel(runId);
      else if (kind === 'gap') this.#cancels.now();
    });
    this.#cancels = repeat(LOOK_FOR_CANCELLED_MS, this.#internals.logger, async () => {
      const runs = await readRuns(this.#internals, [...this.#active.keys()]);
      for (const { id, outcome } of runs) if (outcome === 'cancelled') this.#cancel(id);
    });
  }

  get activeCount(): number {
    return this.#active.size;
  }

  get lastActivityAtMs(): number {
    return this.#lastActivityAtMs;
  }

  async drain(): Promise<void> {
    await drainWorkers([this.#worker], {
      graceMs: this.#options.graceMs,
      activeCount: () => this.activeCount,
      isAnswering: this.#surroundings.isAnswering,
    });
    this.#unlisten();
    await this.#cancels.stop();
  }

  #cancel(runId: string): void {
    const jobId = this.#active.get(runId);
    if (jobId !== undefined) this.#worker.cancelJob(jobId, 'cancelled');
  }

  async #process(job: Job, token: string, attempt: Attempt): Promise<void> {
    const jobId = job.id ?? '';
    const runId = runIdOfJob(jobId);
    const facts = firingFacts(job, Date.now());
    this.#active.set(runId, jobId);
    this.#lastActivityAtMs = Date.now();
    try {
      const context = jobContext(
        attempt,
        () => ({ ...EXPANSION_BACKOFF, ...facts, handedBackMs: 0 }),
        (wait) => this.#idle(wait),
      );
      const reading = await judged(context, async () => readRunPayload(job.data));
      const first: RunVerdict =
        reading.verdict === 'done'
          ? await this.#options.process({ runId, ...ticketOf(reading.result), jobId }, context)
          : reading;
      const verdict = await asHolder(this.#internals, { job, token, attempt, context }, first);
      if (verdict.verdict === 'done') return;
      if (verdict.verdict === 'fail') await this.#failRun(job, verdict.error);
      else this.#internals.logger.info({ runId, ...verdict }, 'an expansion did not succeed');
      const isClosing = (): boolean => this.#worker.closing !== undefined;
      await carryOut(forThisRun(verdict), job, { token, isClosing });
    } finally {
      this.#active.delete(runId);
      this.#lastActivityAtMs = Date.now();
    }
  }

  async #idle<Result>(wait: () => Promise<Result>): Promise<Result> {
    this.#idling += 1;
    this.#concurrency.set(this.#options.concurrency + this.#idling);
    try {
      return await wait();
    } finally {
      this.#idling -= 1;
      this.#concurrency.set(this.#options.concurrency + this.#idling);
    }
  }

  /** A firing that never got as far as a claim is recorded too, so that whoever waits for it hears of its end. */
  async #failRun(job: Job, error: SyncError): Promise<void> {
    const runId = runIdOfJob(job.id ?? '');
    try {
      const { task, trigger } = readRunPayload(job.data);
      const claim = await this.#internals.book.claim({ runId, task, trigger, jobId: job.id ?? '' });
      if (typeof claim !== 'string') return;
      // What cannot be queued is told by the run, which fails.
      await this.#surroundings.flush(runId).catch(() => undefined);
      await this.#internals.book.finishExpansion(runId, [error]);
    } catch (unreadable) {
      this.#internals.logger.error({ runId, error: toSyncError(unreadable) }, 'a firing could not be read');
    }
  }

  /** Jobs that failed without passing through `#process`: their workers died too often. */
  async #onFailed(job: Job | undefined): Promise<void> {
    if (job?.deferredFailure === undefined) return;
    try {
      await this.#failRun(job, jobStalled(`the expansion of run ${runIdOfJob(job.id ?? '')}`));
    } catch (failure) {
      this.#internals.logger.warn(
        { jobId: job.id, error: describe(toSyncError(failure)) },
        'left to the sweep',
      );
    }
  }
}

const ticketOf = ({ task, trigger }: RunPayload): Pick<RunTicket, 'task' | 'trigger'> => ({ task, trigger });

/** A firing is queued when the one before begins, which may be a year before it is due: until then it does not age. */
function firingFacts(job: Job, nowMs: number): ReadFacts {
  const dueMs = Math.min(nowMs, slotOfJob(job.id ?? '') ?? 0);
  const { attemptsMade, opts } = job;
  return jobFacts({ attemptsMade, opts, timestamp: Math.max(job.timestamp, dueMs) }, nowMs);
}

/** Runs have no lane of their registry: a limit would keep the expansions of all tasks. */
function forThisRun(shortfall: Shortfall): ShortfallOfJob {
  if (shortfall.verdict !== 'pause-source') return shortfall;
  const { error, delayMs } = shortfall;
  return { verdict: 'defer', cause: 'registry', reason: error.message, error, delayMs };
}
