import { type CopyResult, type SyncError, toSyncError } from '@regfleet/model';
import { type Job, Worker } from 'bullmq';
import type { CopyConsumerOptions } from './api.ts';
import { Attempt } from './attempt.ts';
import type { CopyJob } from './contract.ts';
import { carryOut } from './control.ts';
import { emitCopyEvent } from './copy-events.ts';
import { HandBackError } from './hand-back.ts';
import type { FleetInternals } from './internals.ts';
import { handedBackMs, jobFacts } from './job-facts.ts';
import { decideAsHolder } from './job-lock.ts';
import { jobStalled } from './lost-job.ts';
import { type LaneParts, parseCopyJobId } from './names.ts';
import { decideOutcome, type Outcome } from './outcome.ts';
import { type CopyWork, handedBackPayload, readCopyPayload } from './payload.ts';
import type { Release, Slots } from './slots.ts';
import { listenToWorker, workerOptions } from './worker-options.ts';

const DEFAULT_SLOT_WAIT_MS = 5_000;
// Raising a worker's concurrency is only seen when it looks; many slots change hands in a short time.
const WAKE_MS = 50;
const NO_BACKOFF = { backoffMs: 0, maxBackoffMs: 0 };

/** What a job returns into Redis: little, since BullMQ keeps it. */
type CopyReturn = { readonly outcome: CopyResult['outcome'] } | { readonly outcome: 'dropped' };

interface TakenJob {
  readonly runId: string;
  /** Its run was cancelled. */
  isCancelled: boolean;
  /** Whether other runs wait for its end, too; absent before it has begun. */
  isNeededByOthers?: boolean;
}

/** A process's worker of one lane. */
export class LaneWorker {
  readonly lane: string;
  readonly worker: Worker;
  readonly #internals: FleetInternals;
  readonly #options: CopyConsumerOptions;
  readonly parts: LaneParts;
  readonly #slots: Slots;
  readonly #taken = new Map<string, TakenJob>();
  #waking: NodeJS.Timeout | undefined;
  /** Why a copy was handed back, as the log was told since the last one that went well. */
  #toldHandBack: string | undefined;
  lastActivityAtMs = Date.now();

  constructor(
    { lane, parts }: { lane: string; parts: LaneParts },
    internals: FleetInternals,
    options: CopyConsumerOptions,
    slots: Slots,
  ) {
    this.lane = lane;
    this.parts = parts;
    this.#internals = internals;
    this.#options = options;
    this.#slots = slots;
    this.worker = new Worker(
      lane,
      (job, token, signal) => this.#process(job, token ?? '', new Attempt(signal)),
      workerOptions(internals, options, Math.max(1, slots.free)),
    );
    listenToWorker(this.worker, internals.logger);
    this.worker.on('failed', (job) => void this.#onFailed(job));
  }

  /** Jobs taken, those that wait for a slot included. */
  get takenCount(): number {
    return this.#taken.size;
  }

  /** Takes as many as it runs plus what is free in the process; at least one, which then waits for its turn. */
  adjust(): void {
    const wanted = Math.max(1, this.#slots.runningOf(this.lane) + this.#slots.free);
    const isMore = wanted > this.worker.concurrency;
    this.worker.concurrency = wanted;
    if (isMore) this.#waking ??= setTimeout(() => void this.#wake(), WAKE_MS);
  }

  cancelRun(runId: string): void {
    for (const [jobId, taken] of this.#taken) {
      if (taken.runId !== runId) continue;
      taken.isCancelled = true;
      if (taken.isNeededByOthers === false) this.worker.cancelJob(jobId, 'cancelled');
    }
  }

  /** A busy worker looks for more only when one of its jobs ends, or when it is resumed. */
  async #wake(): Promise<void> {
    this.#waking = undefined;
    if (this.worker.closing !== undefined) return;
    await this.worker.pause(true);
    await this.worker.resume();
  }

  async #process(job: Job, token: string, attempt: Attempt): Promise<CopyReturn> {
    const jobId = job.id ?? '';
    const taken: TakenJob = { runId: parseCopyJobId(jobId).runId, isCancelled: false };
    this.#taken.set(jobId, taken);
    this.lastActivityAtMs = Date.now();
    let work: CopyWork | undefined;
    let release: Release | undefined;
    const startedAtMs = performance.now();
    try {
      if (!(await this.#begin(job, taken))) return { outcome: 'dropped' };
      work = readCopyPayload(job.data, this.parts);
      release = await this.#slot(attempt);
      return await this.#copy(job, work, attempt);
    } catch (failure) {
      const decide = (): Outcome => this.#decide(failure, { job, work, attempt });
      const outcome = await decideAsHolder(this.#internals, { job, token, attempt }, decide);
      await this.#report(job, work, outcome, performance.now() - startedAtMs);
      if (failure instanceof HandBackError && failure.limit && handedBackFor(job, work) === undefined)
        await job.updateData(handedBackPayload(job.data, Date.now()));
      const queue = this.#internals.queues.get(this.lane);
      await carryOut(outcome, job, { queue, token, isClosing: () => this.worker.closing !== undefined });
      return { outcome: 'dropped' };
    } finally {
      release?.();
      // This worker may have taken it again meanwhile: when its lock was lost.
      if (this.#taken.get(jobId) === taken) this.#taken.delete(jobId);
      this.lastActivityAtMs = Date.now();
    }
  }

  /** @returns false when nobody needs the copy. */
  async #begin(job: Job, taken: TakenJob): Promise<boolean> {
    const { runId, name } = parseCopyJobId(job.id ?? '');
    const { book } = this.#internals;
    const begun = await book.begin(runId, { name, lane: this.lane }, job.deduplicationId ?? '');
    taken.isNeededByOthers = begun.isNeededByOthers;
    return begun.isNeededByOthers || !(begun.isCancelled || taken.isCancelled);
  }

  async #slot(attempt: Attempt): Promise<Release> {
    const patience = setTimeout(
      () => attempt.abort('no-slot'),
      this.#options.slotWaitMs ?? DEFAULT_SLOT_WAIT_MS,
    );
    try {
      return await this.#slots.acquire(this.lane, attempt.signal);
    } finally {
      clearTimeout(patience);
    }
  }

  async #copy(job: Job, work: CopyWork, attempt: Attempt): Promise<CopyReturn> {
    const { runId, name } = parseCopyJobId(job.id ?? '');
    const startedAtMs = performance.now();
    const copyJob = this.#describe(job, work);
    const result = await this.#options.copy(copyJob, { signal: attempt.signal });
    // Before the job is completed: a crash between the two repeats the copy, and it is counted once.
    await this.#internals.book.settle(runId, name, { outcome: result.outcome });
    this.#toldHandBack = undefined;
    this.#emit((events) => events.onCopied?.(copyJob, result, performance.now() - startedAtMs));
    return { outcome: result.outcome };
  }

  #decide(
    failure: unknown,
    { job, work, attempt }: { job: Job; work: CopyWork | undefined; attempt: Attempt },
  ): Outcome {
    return decideOutcome(failure, {
      ...(work ?? NO_BACKOFF),
      ...jobFacts(job, Date.now()),
      handedBackMs: handedBackFor(job, work) ?? 0,
      random: Math.random(),
      aborted: attempt.reason,
    });
  }

  /** Counts the final failure; tells the process of every failure. */
  async #report(job: Job, work: CopyWork | undefined, outcome: Outcome, durationMs: number): Promise<void> {
    if (outcome.action === 'drop') return;
    if (outcome.action === 'hand-back') return this.#tellHandBack(job, outcome.error);
    const { runId, name } = parseCopyJobId(job.id ?? '');
    const error = outcome.error.toJSON();
    const fields = { jobId: job.id, action: outcome.action };
    if (error.code === 'INTERNAL')
      this.#internals.logger.error({ ...fields, err: outcome.error }, 'a bug of ours');
    if (outcome.action === 'fail')
      await this.#internals.book.settle(runId, name, { outcome: 'failed', error });
    if (work === undefined) return;
    const copyJob = this.#describe(job, work);
    if (outcome.action === 'fail') this.#emit((to) => to.onFailed?.(copyJob, error, true, durationMs));
    if (outcome.action === 'retry') this.#emit((to) => to.onFailed?.(copyJob, error, false, durationMs));
    if (outcome.action !== 'fail') this.#emit((to) => to.onRetry?.(copyJob, error, outcome.delayMs));
  }

  /** While Redis refuses something it may be the same with every copy, again and again. */
  #tellHandBack(job: Job, error: SyncError | undefined): void {
    if (error === undefined) return;
    const level = error.message === this.#toldHandBack ? 'debug' : 'warn';
    this.#toldHandBack = error.message;
    this.#internals.logger[level]({ jobId: job.id, error }, 'a copy is handed back');
  }

  /** Jobs that failed without passing through `#process`: their workers died too often. */
  async #onFailed(job: Job | undefined): Promise<void> {
    if (job?.deferredFailure === undefined) return;
    const { runId, name } = parseCopyJobId(job.id ?? '');
    try {
      const work = readCopyPayload(job.data, this.parts);
      const error = jobStalled('the copy').toJSON();
      await this.#internals.book.begin(runId, { name, lane: this.lane }, job.deduplicationId ?? '');
      await this.#internals.book.settle(runId, name, { outcome: 'failed', error });
      this.#emit((events) => events.onFailed?.(this.#describe(job, work), error, true, 0));
    } catch (failure) {
      this.#internals.logger.warn({ jobId: job.id, error: toSyncError(failure) }, 'left to the sweep');
    }
  }

  #describe(job: Job, { request }: CopyWork): CopyJob {
    const jobId = job.id ?? '';
    const { runId } = parseCopyJobId(jobId);
    return { jobId, runId, lane: this.lane, request, attempt: jobFacts(job, Date.now()).attempt };
  }

  #emit(call: Parameters<typeof emitCopyEvent>[2]): void {
    emitCopyEvent(this.#internals.logger, this.#options.events, call);
  }
}

function handedBackFor(job: Job, work: CopyWork | undefined): number | undefined {
  const nowMs = Date.now();
  return handedBackMs(work?.handedBackAtMs, jobFacts(job, nowMs).ageMs, nowMs);
}
