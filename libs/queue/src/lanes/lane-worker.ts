import {
  Attempt,
  type CopyConsumerOptions,
  type CopyJob,
  type CopyVerdict,
  type Deferral,
  type Holds,
  type JobContext,
  judged,
  type LaneParts,
  type Room,
  type Slots,
  type Solitude,
  tellBug,
  tellVerdict,
  type WorkParts,
} from '@regfleet/fleet';
import { type CopyResult, toSyncError } from '@regfleet/model';
import { type Job, Worker } from 'bullmq';
import { carryOut, pausedMeanwhile } from '../jobs/control.ts';
import { jobContext } from '../jobs/job-context.ts';
import { jobFacts } from '../jobs/job-facts.ts';
import { asHolder } from '../jobs/job-lock.ts';
import { companyOf, noteAlone } from '../jobs/lone-try.ts';
import { jobStalled } from '../jobs/lost-job.ts';
import { parseCopyJobId } from '../jobs/names.ts';
import { type CopyWork, notedPayload, readCopyPayload } from '../jobs/payload.ts';
import { rankOfPriority } from '../jobs/priority.ts';
import { WorkerConcurrency } from '../jobs/worker-concurrency.ts';
import { listenToWorker, workerOptions } from '../jobs/worker-options.ts';
import type { RedisPermits } from '../permits/redis-permits.ts';
import type { FleetInternals, Settlement } from '../runs/run-store.ts';
import { firstsOf, jobFactsOf, seenTargetOf } from './copy-facts.ts';
import { LaneRoom } from './lane-room.ts';
import type { FleetLanes } from './lanes.ts';
import { hasJobsToTake } from './lanes-with-jobs.ts';
import type { TaskHolds } from './task-holds.ts';

/** What a job returns into Redis: little, since BullMQ keeps it. */
type CopyReturn = { readonly outcome: CopyResult['outcome'] } | { readonly outcome: 'dropped' };

interface TakenJob {
  readonly runId: string;
  /** It was, or its run. */
  isCancelled: boolean;
  /** Whether other runs wait for its end, too; absent before it has begun. */
  isNeededByOthers?: boolean;
}

export interface LaneSurroundings {
  readonly slots: Slots;
  readonly permits: RedisPermits;
  readonly holds: Pick<Holds, 'isHeld' | 'lifted'>;
  readonly solitude: Solitude;
  readonly taskHolds: TaskHolds;
  readonly lanes: Pick<FleetLanes, 'pauseSource'>;
}

/** What a try of a job holds, and from when on. */
interface Held {
  work?: CopyWork;
  room?: Room;
  /** Ends the watch for holds. */
  unwatch?(): void;
}

/** A process's worker of one lane. */
export class LaneWorker {
  readonly lane: string;
  readonly worker: Worker;
  readonly #internals: FleetInternals;
  readonly #options: CopyConsumerOptions;
  readonly parts: LaneParts;
  readonly #lanes: LaneSurroundings['lanes'];
  readonly #taskHolds: TaskHolds;
  readonly #room: LaneRoom;
  readonly #taken = new Map<string, TakenJob>();
  readonly #concurrency: WorkerConcurrency;
  /** Why a copy was handed back, as the log was told since the last one that went well. */
  #toldHandBack: string | undefined;
  lastActivityAtMs = Date.now();

  constructor(
    { lane, parts }: { lane: string; parts: LaneParts },
    internals: FleetInternals,
    options: CopyConsumerOptions,
    { lanes, taskHolds, ...surroundings }: LaneSurroundings,
  ) {
    this.lane = lane;
    this.parts = parts;
    this.#internals = internals;
    this.#options = options;
    this.#lanes = lanes;
    this.#taskHolds = taskHolds;
    this.#room = new LaneRoom({
      lane,
      parts,
      options,
      ...surroundings,
      hasJobs: () => hasJobsToTake(internals, lane),
      onChange: () => this.adjust(),
    });
    this.worker = new Worker(
      lane,
      (job, token, signal) => this.#process(job, token ?? '', new Attempt(signal)),
      workerOptions(internals, options, this.#room.most),
    );
    this.#concurrency = new WorkerConcurrency(this.worker);
    listenToWorker(this.worker, internals.logger);
    this.worker.on('failed', (job) => void this.#onFailed(job));
  }

  /** Jobs taken, those that wait for room included. */
  get takenCount(): number {
    return this.#taken.size;
  }

  /** It takes no job, since there is no room for one. */
  get isHeld(): boolean {
    return this.#concurrency.isHeld;
  }

  /** It takes no further job. */
  get isFull(): boolean {
    return this.isHeld || this.takenCount >= this.#room.most;
  }

  /** To be called from time to time: whether it is full, and an urgent job waits at the head of the lane. */
  expectUrgent(isExpected: boolean): void {
    this.#room.expectUrgent(isExpected, this.takenCount);
  }

  /** Takes as many as there may be room for. */
  adjust(): void {
    this.#concurrency.set(this.#room.most);
  }

  /** To be called before the worker is closed. */
  stop(): void {
    this.#room.stop();
  }

  /** Ids of them. */
  get takenJobs(): readonly string[] {
    return [...this.#taken.keys()];
  }

  /** @param id - of a run or a job, which may be of another worker: one of those that wait for the same. */
  cancel(id: string): void {
    for (const [jobId, taken] of this.#taken) {
      if (taken.runId === id || jobId === id) taken.isCancelled = true;
      if (taken.isCancelled && taken.isNeededByOthers !== undefined) void this.#endUnneeded(jobId, taken);
    }
  }

  /** Whoever was cancelled last may have been the last who waited for it; what cannot be asked is asked at the next look. */
  async #endUnneeded(jobId: string, taken: TakenJob): Promise<void> {
    const { runId, name } = parseCopyJobId(jobId);
    const { book, logger } = this.#internals;
    try {
      taken.isNeededByOthers &&= await book.isNeededByOthers(runId, name);
      if (!taken.isNeededByOthers && this.#taken.get(jobId) === taken)
        this.worker.cancelJob(jobId, 'cancelled');
    } catch (error) {
      logger.debug({ jobId, error: toSyncError(error) }, 'who needs a copy could not be asked');
    }
  }

  async #process(job: Job, token: string, attempt: Attempt): Promise<CopyReturn> {
    const jobId = job.id ?? '';
    const taken: TakenJob = { runId: parseCopyJobId(jobId).runId, isCancelled: false };
    this.#taken.set(jobId, taken);
    // It was asked for before the worker was told to take no more.
    if (this.worker.closing !== undefined) attempt.abort('shutdown');
    this.lastActivityAtMs = Date.now();
    const held: Held = {};
    const startedAtMs = performance.now();
    const context = jobContext(attempt, () => jobFactsOf(job, held.work));
    try {
      const judging = await judged(context, () => this.#work({ job, taken, attempt, context }, held));
      const first: CopyVerdict = judging.verdict === 'done' ? judging.result : judging;
      const verdict = await asHolder(this.#internals, { job, token, attempt, context }, first);
      await this.#report(job, { work: held.work, verdict, durationMs: performance.now() - startedAtMs });
      if (verdict.verdict === 'done') return { outcome: verdict.result.outcome };
      if (verdict.verdict === 'pause-source') {
        await this.#lanes.pauseSource(this.parts, verdict.delayMs);
        throw pausedMeanwhile();
      }
      const stands = await this.#taskHolds.parked(verdict, job, this.#workParts(held.work));
      await carryOut(stands, job, { token, isClosing: () => this.worker.closing !== undefined });
      return { outcome: 'dropped' };
    } finally {
      held.unwatch?.();
      held.room?.leave();
      // This worker may have taken it again meanwhile: when its lock was lost.
      if (this.#taken.get(jobId) === taken) this.#taken.delete(jobId);
      this.lastActivityAtMs = Date.now();
    }
  }

  /** What one try comes to. */
  async #work(
    { job, taken, attempt, context }: { job: Job; taken: TakenJob; attempt: Attempt; context: JobContext },
    held: Held,
  ): Promise<CopyVerdict> {
    if (!(await this.#begin(job, taken))) return { verdict: 'drop' };
    const work = readCopyPayload(job.data, this.parts);
    held.work = work;
    const parts = this.#workParts(work);
    this.#taskHolds.pass(parts, attempt);
    const company = await companyOf(job);
    if (company === 'none') return { verdict: 'fail', error: jobStalled('the copy') };
    const entrant = { attempt, rank: rankOfPriority(job.priority), concurrency: this.#concurrency };
    held.room = await this.#room[company === 'alone' ? 'takeAlone' : 'take'](entrant);
    if (company === 'alone') await noteAlone(job);
    held.unwatch = this.#taskHolds.begin(parts, attempt);
    const verdict = await this.#options.process(this.#describe(job, work), context);
    // Before the job is completed: a crash between the two repeats the copy, and it is counted once.
    if (verdict.verdict === 'done') await this.#settle(job, work, verdict.result);
    return verdict;
  }

  /** @returns false when nobody needs the copy. */
  async #begin(job: Job, taken: TakenJob): Promise<boolean> {
    const { runId, name } = parseCopyJobId(job.id ?? '');
    const { book } = this.#internals;
    const begun = await book.begin(runId, { name, lane: this.lane }, job.deduplicationId ?? '');
    taken.isNeededByOthers = begun.isNeededByOthers;
    return begun.isNeededByOthers || !(begun.isCancelled || taken.isCancelled);
  }

  /** @param work - absent: the job could not be read. */
  async #settle(
    job: Job,
    work: CopyWork | undefined,
    settlement: CopyResult | Extract<Settlement, { outcome: 'failed' }>,
  ): Promise<void> {
    const { runId, name } = parseCopyJobId(job.id ?? '');
    const { attempt } = jobFacts(job, Date.now());
    const digest = 'targetDigest' in settlement ? { digest: settlement.targetDigest } : {};
    const image = work && { request: work.request, attempts: attempt, ...digest };
    await this.#internals.book.settle(runId, name, settlement, image);
  }

  /** Counts the final failure, notes the first hand-back, and tells the process of every verdict. */
  async #report(
    job: Job,
    { work, verdict, durationMs }: { work: CopyWork | undefined; verdict: CopyVerdict; durationMs: number },
  ): Promise<void> {
    if (verdict.verdict === 'drop') return;
    if (verdict.verdict === 'done') this.#toldHandBack = undefined;
    if (verdict.verdict === 'fail')
      await this.#settle(job, work, { outcome: 'failed', error: verdict.error.toJSON() });
    if (verdict.verdict === 'defer') this.#tellDeferral(job, verdict);
    if (work === undefined) return tellBug(job.id ?? '', verdict, this.#internals.logger);
    const news = firstsOf(verdict, job, work);
    if (news.length > 0) await job.updateData(notedPayload(job.data, news, Date.now()));
    this.#tell(this.#describe(job, work), verdict, durationMs);
  }

  #tell(job: CopyJob, verdict: CopyVerdict, durationMs: number): void {
    tellVerdict(job, verdict, durationMs, { ...this.#options, logger: this.#internals.logger });
  }

  /** While Redis refuses something it may be the same with every copy, again and again. */
  #tellDeferral(job: Job, { cause, error }: Deferral): void {
    if (cause !== 'store' || error === undefined) return;
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
      const error = jobStalled('the copy');
      await this.#internals.book.begin(runId, { name, lane: this.lane }, job.deduplicationId ?? '');
      await this.#settle(job, work, { outcome: 'failed', error: error.toJSON() });
      this.#tell(this.#describe(job, work), { verdict: 'fail', error }, 0);
    } catch (failure) {
      this.#internals.logger.warn({ jobId: job.id, error: toSyncError(failure) }, 'left to the sweep');
    }
  }

  #workParts(work: CopyWork | undefined): WorkParts {
    return { ...this.parts, task: work?.request.task };
  }

  #describe(job: Job, work: CopyWork): CopyJob {
    const jobId = job.id ?? '';
    const { runId } = parseCopyJobId(jobId);
    const { attempt } = jobFacts(job, Date.now());
    const seenTarget = seenTargetOf(job, work);
    const seen = seenTarget !== undefined && { seenTarget };
    return { jobId, runId, lane: this.lane, request: work.request, attempt, ...seen };
  }
}
