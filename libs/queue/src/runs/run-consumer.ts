import { type SyncError, toSyncError } from '@regfleet/model';
import { type Job, Worker } from 'bullmq';
import type { Consumer, RunConsumerOptions } from './api.ts';
import { Attempt } from './attempt.ts';
import type { RunTicket } from './contract.ts';
import { carryOut, describe } from './control.ts';
import { drainWorkers } from './drain.ts';
import { type FleetInternals, INTERNALS } from './internals.ts';
import { type JobFacts, jobFacts } from './job-facts.ts';
import { decideAsHolder } from './job-lock.ts';
import { jobStalled } from './lost-job.ts';
import { RUNS_QUEUE, runIdOfJob, slotOfJob } from './names.ts';
import { decideOutcome, type Outcome } from './outcome.ts';
import { readRunPayload } from './payload.ts';
import { listenToWorker, workerOptions } from './worker-options.ts';

const BACKOFF = { backoffMs: 15_000, maxBackoffMs: 5 * 60_000 };

/** Takes firings of tasks and has them expanded. */
export function startRunConsumer(options: RunConsumerOptions): Consumer {
  return new RunConsumer(options);
}

class RunConsumer implements Consumer {
  readonly #options: RunConsumerOptions;
  readonly #internals: FleetInternals;
  readonly #worker: Worker;
  /** Job id by run id, of what is being expanded. */
  readonly #active = new Map<string, string>();
  readonly #unlisten: () => void;
  #lastActivityAtMs = Date.now();

  constructor(options: RunConsumerOptions) {
    this.#options = options;
    this.#internals = options.fleet[INTERNALS];
    this.#worker = new Worker(
      RUNS_QUEUE,
      (job, token, signal) => this.#process(job, token ?? '', new Attempt(signal)),
      workerOptions(this.#internals, options, options.concurrency),
    );
    listenToWorker(this.#worker, this.#internals.logger);
    this.#worker.on('failed', (job) => void this.#onFailed(job));
    this.#unlisten = this.#internals.signals.listen((kind, runId) => {
      const jobId = this.#active.get(runId);
      if (kind === 'cancel' && jobId !== undefined) this.#worker.cancelJob(jobId, 'cancelled');
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
      isAnswering: () => this.#options.fleet.isAnswering,
    });
    this.#unlisten();
  }

  async #process(job: Job, token: string, attempt: Attempt): Promise<void> {
    const jobId = job.id ?? '';
    const runId = runIdOfJob(jobId);
    const facts = firingFacts(job, Date.now());
    this.#active.set(runId, jobId);
    this.#lastActivityAtMs = Date.now();
    try {
      const { task, trigger } = readRunPayload(job.data);
      const ticket: RunTicket = { runId, task, trigger, jobId };
      await this.#options.expand(ticket, {
        signal: attempt.signal,
        attempt: facts.attempt,
        ageMs: facts.ageMs,
      });
    } catch (failure) {
      const decide = (): Outcome =>
        forThisRun(
          decideOutcome(failure, {
            ...BACKOFF,
            ...facts,
            handedBackMs: 0,
            random: Math.random(),
            aborted: attempt.reason,
          }),
        );
      const outcome = await decideAsHolder(this.#internals, { job, token, attempt }, decide);
      if (outcome.action === 'fail') await this.#failRun(job, outcome.error);
      else this.#internals.logger.info({ runId, ...outcome }, 'an expansion did not succeed');
      const isClosing = (): boolean => this.#worker.closing !== undefined;
      await carryOut(outcome, job, { queue: this.#internals.queues.runs, token, isClosing });
    } finally {
      this.#active.delete(runId);
      this.#lastActivityAtMs = Date.now();
    }
  }

  /** A firing that never got as far as a claim is recorded too, so that whoever waits for it hears of its end. */
  async #failRun(job: Job, error: SyncError): Promise<void> {
    const runId = runIdOfJob(job.id ?? '');
    try {
      const { task, trigger } = readRunPayload(job.data);
      const claim = await this.#internals.book.claim({ runId, task, trigger, jobId: job.id ?? '' });
      if (typeof claim === 'string') await this.#internals.book.finishExpansion(runId, [error]);
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

/** A firing is queued when the one before begins, which may be a year before it is due: until then it does not age. */
function firingFacts(job: Job, nowMs: number): JobFacts {
  const dueMs = Math.min(nowMs, slotOfJob(job.id ?? '') ?? 0);
  const { attemptsMade, opts } = job;
  return jobFacts({ attemptsMade, opts, timestamp: Math.max(job.timestamp, dueMs) }, nowMs);
}

/** Runs have no lane of their registry: a limit would keep the expansions of all tasks. */
function forThisRun(outcome: Outcome): Outcome {
  return outcome.action === 'limit-lane' ? { ...outcome, action: 'delay' } : outcome;
}
