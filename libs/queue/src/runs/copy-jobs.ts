import { type CopyOrder, copyJobId, laneName, lanePartsOf } from '@regfleet/fleet';
import { SyncError } from '@regfleet/model';
import type { BulkJobOptions } from 'bullmq';
import { deduplicationId, nameInRun } from '../jobs/names.ts';
import { writeCopyPayload } from '../jobs/payload.ts';
import type { FleetInternals, RefusedJob } from './run-store.ts';

// Enough to be quick; what a dropped connection leaves undone is small.
const PAGE = 500;

// BullMQ: lower is sooner, 0 is none. Five digits at most, which Redis stores in eight bytes. Beyond the span, jobs keep
// the order in which they came.
const PRIORITY = { operator: { base: 0, span: 9_999 }, others: { base: 10_000, span: 89_999 } };

// Each round follows on a job that began or ended between two commands of ours.
const MOST_ROUNDS = 20;

type PriorityRange = (typeof PRIORITY)[keyof typeof PRIORITY];

interface Copy {
  readonly order: CopyOrder;
  readonly name: string;
  readonly lane: string;
}

interface PlacedCopy extends Copy {
  readonly position: number;
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
    const range = (await this.#isUrgent(runId)) ? PRIORITY.operator : PRIORITY.others;
    let enqueued = 0;
    let skipped = 0;
    for (let start = 0; start < orders.length; start += PAGE) {
      const report = await this.#enqueuePage(runId, orders.slice(start, start + PAGE), range);
      enqueued += report.enqueued;
      skipped += report.skipped;
    }
    return { enqueued, skipped };
  }

  /** Registered first and queued second: a crash between leaves pending jobs that the repeated expansion adds. */
  async #enqueuePage(
    runId: string,
    orders: readonly CopyOrder[],
    range: PriorityRange,
  ): Promise<EnqueueReport> {
    const copies = orders.map(toCopy);
    const positions = await this.#internals.book.register(runId, copies);
    const placed = copies.flatMap((copy, index) => {
      const position = positions[index] ?? 0;
      return position > 0 ? [{ ...copy, position }] : [];
    });
    await this.#announce(new Set(placed.map(({ lane }) => lane)));
    let skipped = positions.filter((position) => position < 0).length;
    for (const [lane, group] of Map.groupBy(placed, (copy) => copy.lane))
      skipped += await this.#place(runId, lane, { copies: group, range });
    return { enqueued: orders.length - skipped, skipped };
  }

  /** @returns how many are left to jobs of other runs. */
  async #place(
    runId: string,
    lane: string,
    { copies, range }: { copies: readonly PlacedCopy[]; range: PriorityRange },
  ): Promise<number> {
    let left = 0;
    let open = copies;
    for (let round = 0; open.length > 0; round++) {
      if (round === MOST_ROUNDS) throw neverPlaced(lane);
      const refused = await this.#add(runId, lane, { copies: open, range });
      if (refused.length === 0) break;
      const jobs = refused.map((copy) => refusedJob(runId, copy, range));
      const answers = await this.#internals.book.follow(runId, lane, jobs);
      left += answers.filter((answer) => answer === 'left').length;
      open = refused.filter((_, index) => answers[index] === 'again');
    }
    return left;
  }

  /** @returns those that were not queued, since another job for their target is. */
  async #add(
    runId: string,
    lane: string,
    { copies, range }: { copies: readonly PlacedCopy[]; range: PriorityRange },
  ): Promise<PlacedCopy[]> {
    const jobs = await this.#internals.queues.get(lane).addBulk(
      copies.map((copy) => ({
        name: 'copy',
        data: writeCopyPayload(copy.order),
        opts: jobOptions(runId, copy, range),
      })),
    );
    // A deduplicated job comes back under the id of the one that is queued already.
    return copies.filter(({ name }, index) => jobs[index]?.id !== copyJobId(runId, name));
  }

  async #isUrgent(runId: string): Promise<boolean> {
    const { client, keys } = this.#internals;
    return (await client.hget(keys.run(runId), 'trigger')) === 'operator';
  }
}

function toCopy(order: CopyOrder): Copy {
  const { request } = order;
  return { order, name: nameInRun(request), lane: laneName(lanePartsOf(request)) };
}

/** BullMQ stores these with every job: nothing here that a worker's options can say. */
function jobOptions(runId: string, copy: PlacedCopy, range: PriorityRange): BulkJobOptions {
  return {
    jobId: copyJobId(runId, copy.name),
    attempts: copy.order.attempts,
    priority: range.base + Math.min(copy.position, range.span),
    // Kept when it comes during the copy: the tag may have moved since that began.
    deduplication: { id: deduplicationId(copy.order.request), keepLastIfActive: true },
  };
}

/** What BullMQ stores of a job, in its abbreviations, for those that our scripts make it keep. */
function refusedJob(runId: string, copy: PlacedCopy, range: PriorityRange): RefusedJob {
  const { deduplication, ...options } = jobOptions(runId, copy, range);
  return {
    name: copy.name,
    target: deduplicationId(copy.order.request),
    data: JSON.stringify(writeCopyPayload(copy.order)),
    opts: JSON.stringify({ ...options, de: deduplication }),
  };
}

const neverPlaced = (lane: string): SyncError =>
  new SyncError('INTERNAL', {
    message: `the queue ${lane} neither takes a copy nor says which job is queued for its target`,
    hint: 'another program may write to the queues of this prefix',
  });
