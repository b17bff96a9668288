import { type CopyOrder, copyJobId, laneName, lanePartsOf } from '@regfleet/fleet';
import { SyncError } from '@regfleet/model';
import type { BulkJobOptions, Job } from 'bullmq';
import { deduplicationId, nameInRun } from '../jobs/names.ts';
import { writeCopyPayload } from '../jobs/payload.ts';
import { rankOfPriority } from '../jobs/priority.ts';
import type { FleetInternals, RefusedJob, RegisteredJob } from './run-store.ts';

// Enough to be quick; what a dropped connection leaves undone is small.
const PAGE = 500;

// Each round follows on a job that began or ended between two commands of ours.
const MOST_ROUNDS = 20;

interface Copy extends RegisteredJob {
  readonly order: CopyOrder;
}

interface PlacedCopy extends Copy {
  readonly priority: number;
}

/** One that was not queued, and the job that is in its stead. */
interface RefusedCopy extends PlacedCopy {
  readonly holder: Job | undefined;
}

export interface EnqueueReport {
  readonly enqueued: number;
  /** Images that are left to jobs of other runs: this run ends no sooner than those. */
  readonly skipped: number;
}

/** Puts the copies of runs on their lanes. */
export class CopyJobs {
  readonly #internals: FleetInternals;
  readonly #announce: (lanes: ReadonlySet<string>) => Promise<void>;

  constructor(internals: FleetInternals, announce: (lanes: ReadonlySet<string>) => Promise<void>) {
    this.#internals = internals;
    this.#announce = announce;
  }

  async enqueue(runId: string, orders: readonly CopyOrder[]): Promise<EnqueueReport> {
    let enqueued = 0;
    let skipped = 0;
    for (let start = 0; start < orders.length; start += PAGE) {
      const report = await this.#enqueuePage(runId, orders.slice(start, start + PAGE));
      enqueued += report.enqueued;
      skipped += report.skipped;
    }
    return { enqueued, skipped };
  }

  /** Registered first and queued second: a crash between leaves pending jobs that the repeated expansion adds. */
  async #enqueuePage(runId: string, orders: readonly CopyOrder[]): Promise<EnqueueReport> {
    const copies = orders.map(toCopy);
    const priorities = await this.#internals.book.register(runId, copies);
    const placed = copies.flatMap((copy, index) => {
      const priority = priorities[index] ?? 0;
      return priority > 0 ? [{ ...copy, priority }] : [];
    });
    await this.#announce(new Set(placed.map(({ lane }) => lane)));
    let skipped = priorities.filter((priority) => priority < 0).length;
    for (const [lane, group] of Map.groupBy(placed, (copy) => copy.lane))
      skipped += await this.#place(runId, lane, group);
    return { enqueued: orders.length - skipped, skipped };
  }

  /** @returns how many are left to jobs of other runs. */
  async #place(runId: string, lane: string, copies: readonly PlacedCopy[]): Promise<number> {
    let left = 0;
    let open = copies;
    for (let round = 0; open.length > 0; round++) {
      if (round === MOST_ROUNDS) throw neverPlaced(lane);
      const refused = await this.#add(runId, lane, open);
      if (refused.length === 0) break;
      const jobs = refused.map((copy) => refusedJob(runId, copy));
      const answers = await this.#internals.book.follow(runId, lane, jobs);
      left += answers.filter((answer) => answer === 'left').length;
      await Promise.all(refused.map(hasten));
      open = refused.filter((_, index) => answers[index] === 'again');
    }
    return left;
  }

  /** @returns those that were not queued, since another job for their target is. */
  async #add(runId: string, lane: string, copies: readonly PlacedCopy[]): Promise<RefusedCopy[]> {
    const jobs = await this.#internals.queues.get(lane).addBulk(
      copies.map((copy) => ({
        name: 'copy',
        data: writeCopyPayload(copy.order),
        opts: jobOptions(runId, copy),
      })),
    );
    // A deduplicated job comes back under the id of the one that is queued already.
    return copies
      .map((copy, index) => ({ ...copy, holder: jobs[index] }))
      .filter(({ name, holder }) => holder?.id !== copyJobId(runId, name));
  }
}

/** What an operator waits for does not keep its place in the run of another. It may have begun meanwhile, or ended. */
async function hasten({ priority, holder }: RefusedCopy): Promise<void> {
  if (rankOfPriority(priority) === 'urgent')
    await holder?.changePriority({ priority }).catch(() => undefined);
}

function toCopy(order: CopyOrder): Copy {
  const { request, lacking } = order;
  return { order, name: nameInRun(request), lane: laneName(lanePartsOf(request)), lacking };
}

/** BullMQ stores these with every job: nothing here that a worker's options can say. */
function jobOptions(runId: string, copy: PlacedCopy): BulkJobOptions {
  return {
    jobId: copyJobId(runId, copy.name),
    attempts: copy.order.attempts,
    priority: copy.priority,
    // Kept when it comes during the copy: the tag may have moved since that began.
    deduplication: { id: deduplicationId(copy.order.request), keepLastIfActive: true },
  };
}

/** What BullMQ stores of a job, in its abbreviations, for those that our scripts make it keep. */
function refusedJob(runId: string, copy: PlacedCopy): RefusedJob {
  const { deduplication, ...options } = jobOptions(runId, copy);
  // The copy before it changes what was seen.
  const { seenTarget: _, ...order } = copy.order;
  return {
    name: copy.name,
    target: deduplicationId(copy.order.request),
    data: JSON.stringify(writeCopyPayload(order)),
    opts: JSON.stringify({ ...options, de: deduplication }),
  };
}

const neverPlaced = (lane: string): SyncError =>
  new SyncError('INTERNAL', {
    message: `the queue ${lane} neither takes a copy nor says which job is queued for its target`,
    hint: 'another program may write to the queues of this prefix',
  });
