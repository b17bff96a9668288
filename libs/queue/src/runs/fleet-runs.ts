import {
  CANCELLED,
  type Claim,
  type ClaimOptions,
  COPY_CANCELLED,
  type CopyOrder,
  copyJobId,
  type ExpansionCounts,
  MOST_QUEUED,
  type RunImage,
  type RunRecord,
  type Runs,
  type RunTicket,
} from '@regfleet/fleet';
import type { SerialisedSyncError, SyncError } from '@regfleet/model';
import { parseCopyJobId, runIdOfJob } from '../jobs/names.ts';
import { readRunPayload } from '../jobs/payload.ts';
import { cancelFiring } from './cancel-firing.ts';
import type { CopyJobs, EnqueueReport } from './copy-jobs.ts';
import { watchEndedRuns } from './ended-runs.ts';
import { readImages } from './images/read-images.ts';
import { type ListOptions, listRuns } from './list-runs.ts';
import { readRuns } from './read-run.ts';
import { RunBatches } from './run-batches.ts';
import type { FleetInternals, PendingJob } from './run-store.ts';
import { waitForRun } from './wait-run.ts';

const REMOVE_PAGE = 200;

export class FleetRuns implements Runs {
  readonly #internals: FleetInternals;
  readonly #copyJobs: CopyJobs;
  readonly #batches: RunBatches;

  constructor(internals: FleetInternals, copyJobs: CopyJobs) {
    this.#internals = internals;
    this.#copyJobs = copyJobs;
    this.#batches = new RunBatches({
      enqueue: (runId, orders) => copyJobs.enqueue(runId, orders),
      setCounts: (runId, counts) => internals.book.setCounts(runId, counts),
    });
  }

  async claim(ticket: RunTicket, options: ClaimOptions = {}): Promise<Claim> {
    this.#batches.forget(ticket.runId);
    return this.#internals.book.claim({ ...ticket, ...options });
  }

  setCounts(runId: string, counts: Partial<ExpansionCounts>): void {
    this.#batches.count(runId, counts);
  }

  /** Another process takes the expansion over. */
  noteFailures(): void {}

  enqueue(runId: string, order: CopyOrder): Promise<void> {
    return this.#batches.add(runId, order);
  }

  /** At once. */
  enqueueAll(runId: string, orders: readonly CopyOrder[]): Promise<EnqueueReport> {
    return this.#copyJobs.enqueue(runId, orders);
  }

  async finishExpansion(
    runId: string,
    errors: readonly (SyncError | SerialisedSyncError)[],
    options: { readonly isComplete?: boolean } = {},
  ): Promise<void> {
    await this.flush(runId);
    await this.#internals.book.finishExpansion(runId, errors, options);
  }

  /** Resolves when all is written that was handed over. @throws what became of it. */
  flush(runId: string): Promise<void> {
    return this.#batches.end(runId);
  }

  close(): void {
    this.#batches.close();
  }

  async get(runId: string): Promise<RunRecord | undefined> {
    const [run] = await readRuns(this.#internals, [runId]);
    return run;
  }

  async queued(): Promise<{ runId: string; task: string }[]> {
    const jobs = await this.#internals.queues.runs.getPrioritized(0, MOST_QUEUED - 1);
    return jobs.flatMap(({ id = '', data }) => {
      const task = taskOf(data);
      return task === undefined ? [] : [{ runId: runIdOfJob(id), task }];
    });
  }

  list(options: ListOptions): Promise<RunRecord[]> {
    return listRuns(this.#internals, options);
  }

  images(runId: string, options: { failedOnly?: boolean } = {}): AsyncIterable<RunImage> {
    return readImages(this.#internals, runId, options);
  }

  wait(
    runId: string,
    options: { signal?: AbortSignal; onChange?: (run: RunRecord) => void } = {},
  ): Promise<RunRecord> {
    return waitForRun(this.#internals, runId, options);
  }

  async cancel(runId: string): Promise<boolean> {
    return (await this.cancelFor(runId, CANCELLED)) !== undefined || cancelFiring(this.#internals, runId);
  }

  /** @returns how many copies it waited for; absent when it had ended or is unknown. */
  async cancelFor(runId: string, reason: string): Promise<number | undefined> {
    const pending = await this.#internals.book.cancel(runId, reason);
    if (pending !== undefined) await this.#removeJobs(runId, pending);
    return pending?.length;
  }

  async cancelJob(jobId: string): Promise<boolean> {
    const { runId, name } = parseCopyJobId(jobId);
    const lane = await this.#internals.book.cancelJob(runId, name, COPY_CANCELLED);
    if (lane === undefined) return false;
    if (lane !== '') await this.#removeJobs(runId, [{ name, lane }]);
    return true;
  }

  watchEnded(listener: (run: RunRecord) => void): Promise<() => Promise<void>> {
    return watchEndedRuns(this.#internals, listener);
  }

  /**
   * Active ones refuse to be removed; their workers abort them on the signal. Those that other runs need stay: workers find
   * out whether they have to copy for them.
   */
  async #removeJobs(runId: string, jobs: readonly PendingJob[]): Promise<void> {
    const { book, queues } = this.#internals;
    for (const [lane, group] of Map.groupBy(jobs, (job) => job.lane)) {
      for (let start = 0; start < group.length; start += REMOVE_PAGE) {
        const names = group.slice(start, start + REMOVE_PAGE).map(({ name }) => name);
        const unneeded = await book.unneeded(runId, lane, names);
        await Promise.all(unneeded.map((name) => queues.get(lane).remove(copyJobId(runId, name))));
      }
    }
  }
}

/** Absent where the firing cannot be read here. */
function taskOf(data: unknown): string | undefined {
  try {
    return readRunPayload(data).task;
  } catch {
    return undefined;
  }
}
