import {
  Attempt,
  type Company,
  type Consumer,
  EXPANSION_BACKOFF,
  type JobContext,
  judged,
  limitFor,
  type Release,
  type RunConsumerOptions,
  type RunVerdict,
  rankOf,
  type Shortfall,
  type Solitude,
} from '@regfleet/fleet';
import { type SyncError, toSyncError } from '@regfleet/model';
import { type Job, Worker } from 'bullmq';
import { carryOut, describe, type ShortfallOfJob } from '../jobs/control.ts';
import { drainWorkers } from '../jobs/drain.ts';
import { jobContext } from '../jobs/job-context.ts';
import { jobFacts, type ReadFacts } from '../jobs/job-facts.ts';
import { asHolder } from '../jobs/job-lock.ts';
import { companyOf, noteAlone } from '../jobs/lone-try.ts';
import { jobStalled } from '../jobs/lost-job.ts';
import { RUNS_QUEUE, runIdOfJob, slotOfJob } from '../jobs/names.ts';
import { readRunPayload } from '../jobs/payload.ts';
import { FIRING_PRIORITY, haveFirstBelow } from '../jobs/priority.ts';
import { WorkerConcurrency } from '../jobs/worker-concurrency.ts';
import { listenToWorker, workerOptions } from '../jobs/worker-options.ts';
import { type Repetition, repeat } from '../redis/repeat.ts';
import { Place } from './place.ts';
import { readRuns } from './read-run.ts';
import type { FleetInternals } from './run-store.ts';

// An operator sees a run begin within five seconds.
const LOOK_FOR_URGENT_MS = 1_000;
// A signal can be lost.
const LOOK_FOR_CANCELLED_MS = 2_000;

/** What a consumer of runs needs of the store besides. */
export interface RunSurroundings {
  /** Of the process. */
  readonly solitude: Solitude;
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
  /** By run id, what is being expanded. */
  readonly #active = new Map<string, { readonly jobId: string }>();
  readonly #unlisten: () => void;
  readonly #urgent: Repetition;
  /** One more is taken, since an operator's firing is the next. */
  #isUrgentExpected = false;
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
    this.#urgent = repeat(LOOK_FOR_URGENT_MS, internals.logger, () => this.#lookForUrgent());
  }

  get activeCount(): number {
    return this.#active.size;
  }

  get lastActivityAtMs(): number {
    return this.#lastActivityAtMs;
  }

  async drain(): Promise<void> {
    await this.#urgent.stop();
    await drainWorkers([this.#worker], {
      graceMs: this.#options.graceMs,
      activeCount: () => this.activeCount,
      isAnswering: this.#surroundings.isAnswering,
    });
    this.#unlisten();
    await this.#cancels.stop();
  }

  #cancel(runId: string): void {
    const taken = this.#active.get(runId);
    if (taken !== undefined) this.#worker.cancelJob(taken.jobId, 'cancelled');
  }

  async #process(job: Job, token: string, attempt: Attempt): Promise<void> {
    const jobId = job.id ?? '';
    const runId = runIdOfJob(jobId);
    const facts = firingFacts(job, Date.now());
    const taken = { jobId };
    this.#active.set(runId, taken);
    // It was asked for before the worker was told to take no more.
    if (this.#worker.closing !== undefined) attempt.abort('shutdown');
    this.#expectUrgent(false);
    this.#lastActivityAtMs = Date.now();
    try {
      const place = new Place();
      const context = jobContext(
        attempt,
        () => ({ ...EXPANSION_BACKOFF, ...facts, handedBackMs: 0 }),
        (wait) => this.#idle(() => place.without(wait)),
      );
      const judging = await judged(context, () => this.#expand(job, { attempt, context, place }));
      const first: RunVerdict = judging.verdict === 'done' ? judging.result : judging;
      const verdict = await asHolder(this.#internals, { job, token, attempt, context }, first);
      if (verdict.verdict === 'done') return;
      if (verdict.verdict === 'fail') await this.#failRun(job, verdict.error);
      else this.#internals.logger.info({ runId, ...verdict }, 'an expansion did not succeed');
      const isClosing = (): boolean => this.#worker.closing !== undefined;
      await carryOut(forThisRun(verdict), job, { token, isClosing });
    } finally {
      // This worker may have taken it again meanwhile: when its lock was lost.
      if (this.#active.get(runId) === taken) this.#active.delete(runId);
      this.#lastActivityAtMs = Date.now();
    }
  }

  async #expand(
    job: Job,
    { attempt, context, place }: { attempt: Attempt; context: JobContext; place: Place },
  ): Promise<RunVerdict> {
    const jobId = job.id ?? '';
    const runId = runIdOfJob(jobId);
    const { task, trigger } = readRunPayload(job.data);
    // Another process may have taken the firing for which there is one more place.
    if (this.#active.size > limitFor(rankOf(trigger, 1), this.#limit)) attempt.abort('no-room');
    attempt.signal.throwIfAborted();
    const company = await companyOf(job);
    if (company === 'none') return { verdict: 'fail', error: stalled(runId) };
    await place.take(() => this.#enter(company, attempt.signal));
    try {
      if (company === 'alone') await noteAlone(job);
      const dueAtMs = slotOfJob(jobId);
      const due = dueAtMs === undefined ? {} : { dueAtMs };
      return await this.#options.process({ runId, task, trigger, jobId, ...due }, context);
    } finally {
      place.leave();
    }
  }

  /** @throws the signal's reason. */
  async #enter(company: Exclude<Company, 'none'>, signal: AbortSignal): Promise<Release> {
    const { solitude } = this.#surroundings;
    if (company === 'alone') return solitude.alone('plan', signal);
    for (;;) {
      const leave = solitude.join('plan');
      if (leave !== undefined) return leave;
      await solitude.over(signal);
    }
  }

  async #idle<Result>(wait: () => Promise<Result>): Promise<Result> {
    this.#idling += 1;
    this.#adjust();
    try {
      return await wait();
    } finally {
      this.#idling -= 1;
      this.#adjust();
    }
  }

  get #limit(): number {
    return this.#options.concurrency + this.#idling;
  }

  #adjust(): void {
    this.#concurrency.set(this.#limit + (this.#isUrgentExpected ? 1 : 0));
  }

  #expectUrgent(isExpected: boolean): void {
    if (this.#isUrgentExpected === isExpected) return;
    this.#isUrgentExpected = isExpected;
    this.#adjust();
  }

  /** BullMQ gives a worker that has no place nothing, however urgent. */
  async #lookForUrgent(): Promise<void> {
    if (this.#active.size !== this.#limit) return this.#expectUrgent(false);
    const { client, queues } = this.#internals;
    const [isUrgent = false] = await haveFirstBelow(
      client,
      [queues.runs.toKey('prioritized')],
      FIRING_PRIORITY.operator + 1,
    );
    this.#expectUrgent(isUrgent && this.#active.size === this.#limit);
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
      await this.#failRun(job, stalled(runIdOfJob(job.id ?? '')));
    } catch (failure) {
      this.#internals.logger.warn(
        { jobId: job.id, error: describe(toSyncError(failure)) },
        'left to the sweep',
      );
    }
  }
}

const stalled = (runId: string): SyncError => jobStalled(`the expansion of run ${runId}`);

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
