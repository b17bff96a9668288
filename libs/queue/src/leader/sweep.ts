import { copyJobId, type LaneFilter, type Processes, parseLane, type SweepReport } from '@regfleet/fleet';
import { parseJson } from '@regfleet/model';

import { z } from 'zod';
import { readReason } from '../jobs/control.ts';
import { jobLost } from '../jobs/lost-job.ts';
import { RUNS_QUEUE } from '../jobs/names.ts';
import type { FleetLanes } from '../lanes/lanes.ts';
import { retireLanes } from '../lanes/retired-lanes.ts';
import type { FleetRuns } from '../runs/fleet-runs.ts';
import type { FleetInternals, PendingJob, Settlement } from '../runs/run-store.ts';
import { isOpenState } from '../runs/scripts/register-jobs.ts';
import type { FleetRecords } from '../state/sync-records.ts';
import { endedImage } from './ended-image.ts';
import { forgetGoneTasks } from './gone-tasks.ts';
import { dropLongLeft } from './left-tasks.ts';
import { removeIfStranded, removeStranded } from './stranded-jobs.ts';
import { mendTimesToCome } from './times-to-come.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Between the claim of a one-off image and its expansion. */
const CLAIM_GRACE_MS = 60_000;
const KEEP = {
  completedMs: DAY_MS / 24,
  failedMs: 7 * DAY_MS,
  runsMs: 31 * DAY_MS,
  recordsMs: 180 * DAY_MS,
};
const PAGE = 500;

/** The leader's house-keeping: what crashes between two steps leave behind, and what nobody needs any more. */
export class Sweep {
  readonly #internals: FleetInternals;
  readonly #lanes: FleetLanes;
  readonly #records: FleetRecords;
  readonly #processes: Pick<Processes, 'list'>;
  readonly #runs: Pick<FleetRuns, 'cancelFor'>;

  constructor(
    internals: FleetInternals,
    parts: {
      lanes: FleetLanes;
      records: FleetRecords;
      processes: Pick<Processes, 'list'>;
      runs: Pick<FleetRuns, 'cancelFor'>;
    },
  ) {
    this.#internals = internals;
    this.#lanes = parts.lanes;
    this.#records = parts.records;
    this.#processes = parts.processes;
    this.#runs = parts.runs;
  }

  async run(isServed: LaneFilter = () => true, tasks?: readonly string[]): Promise<SweepReport> {
    let settledJobs = 0;
    let settledRuns = 0;
    const { client, keys, unreadable } = this.#internals;
    await unreadable.unless(keys.activeRuns, () => this.#listActive());
    if (tasks !== undefined)
      await unreadable.unless(keys.activeRuns, () => dropLongLeft(this.#internals, this.#runs, tasks));
    const runIds = await unreadable.unless(keys.activeRuns, () => client.smembers(keys.activeRuns));
    for (const runId of runIds ?? []) {
      const settled = await unreadable.unless(keys.run(runId), () => this.#settle(runId));
      settledJobs += settled?.jobs ?? 0;
      settledRuns += settled?.runs ?? 0;
    }
    await retireLanes(this.#internals, this.#lanes, (parts) => !isServed(parts));
    const queues = [RUNS_QUEUE, ...(await this.#lanes.list())];
    const mendedTimes = await mendTimesToCome(this.#internals, queues);
    const removedJobs = await this.#removeOld(queues);
    // Who lists them forgets those that died, and nobody else may ever do so.
    await unreadable.unless(keys.processes, () => this.#processes.list());
    if (tasks !== undefined)
      await unreadable.unless(keys.tasks, () => forgetGoneTasks(this.#internals, tasks));
    return { settledJobs, settledRuns, mendedTimes, removedJobs };
  }

  /** A run that keeps its task is looked at, whatever became of the list of them: else it might keep the task for ever. */
  async #listActive(): Promise<void> {
    const { client, keys } = this.#internals;
    const pipeline = client.pipeline();
    for (const task of await client.zrange(keys.tasks, 0, -1)) pipeline.hget(keys.task(task), 'activeRunId');
    const replies = (await pipeline.exec()) ?? [];
    const runIds = replies.flatMap(([, runId]) => (typeof runId === 'string' ? [runId] : []));
    if (runIds.length > 0) await client.sadd(keys.activeRuns, ...runIds);
  }

  async #settle(runId: string): Promise<{ jobs?: number; runs?: number }> {
    const { client, keys, book } = this.#internals;
    const [expanded, startedAtMs, job, finishedAtMs] = await client.hmget(
      keys.run(runId),
      'expanded',
      'startedAtMs',
      'job',
      'finishedAtMs',
    );
    if (startedAtMs == null || finishedAtMs != null) {
      await client.srem(keys.activeRuns, runId);
      return {};
    }
    if (expanded === '1') return { jobs: await this.#settlePending(runId) };
    if (await this.#isAbandoned(Number(startedAtMs), job ?? undefined)) {
      const isSettled = await book.finishExpansion(runId, [jobLost(`the expansion of run ${runId}`)]);
      return { runs: isSettled ? 1 : 0 };
    }
    return {};
  }

  async #isAbandoned(startedAtMs: number, jobId: string | undefined): Promise<boolean> {
    // A start that is yet to come was written by a clock that was ahead.
    if (Math.abs(Date.now() - startedAtMs) < CLAIM_GRACE_MS) return false;
    if (jobId === undefined) return true;
    const state = await this.#internals.queues.runs.getJobState(jobId);
    return state === 'unknown' || state === 'completed' || state === 'failed';
  }

  async #settlePending(runId: string): Promise<number> {
    const { client, keys } = this.#internals;
    const fields = await client.hgetall(keys.run(runId));
    let settled = 0;
    let known = 0;
    let cursor = '0';
    do {
      const [next, entries] = await client.hscan(keys.runJobs(runId), cursor, 'COUNT', PAGE);
      cursor = next;
      const pending = entries.flatMap((name, index) => {
        const state = entries[index + 1] ?? '';
        if (index % 2 === 1 || !isOpenState(state)) return [];
        const [number = '', target] = state.split('/');
        return [{ name, lane: fields[`lane#${number}`] ?? '', ...(target !== undefined && { target }) }];
      });
      known += pending.length;
      settled += await this.#settleEnded(runId, pending);
    } while (cursor !== '0');
    return known === 0 ? this.#internals.book.settleLost(runId, jobLost(`a copy of run ${runId}`)) : settled;
  }

  async #settleEnded(runId: string, jobs: readonly SoughtJob[]): Promise<number> {
    if (jobs.length === 0) return 0;
    const ends = await this.#readEnds(runId, jobs);
    const left = await removeStranded(
      this.#internals,
      runId,
      jobs.filter((_, index) => ends[index] === undefined),
    );
    let settled = 0;
    for (const [index, job] of jobs.entries()) {
      const { name } = job;
      const end = left.has(job) ? LOST : ends[index];
      const settlement = end === LOST && (await this.#isCaredFor(runId, job)) ? undefined : end;
      if (settlement === undefined) continue;
      const image = await endedImage(this.#internals, runId, job);
      if (await this.#internals.book.settle(runId, name, settlement, image)) settled += 1;
    }
    return settled;
  }

  /** Whether another job for the same target will settle it, or be followed by it, or has just been. */
  async #isCaredFor(runId: string, { name, lane, target }: SoughtJob): Promise<boolean> {
    if (target === undefined || parseLane(lane) === undefined) return false;
    const { client, queues } = this.#internals;
    const queue = queues.get(lane);
    const holder = await queue.getDeduplicationJobId(target);
    if (holder != null && !(await removeIfStranded(queue, holder))) {
      const [timestamp, finishedOn] = await client.hmget(queue.toKey(holder), 'timestamp', 'finishedOn');
      if (timestamp != null && finishedOn == null) return true;
    }
    // BullMQ makes it of what it keeps when the other one ends.
    return (await client.exists(queue.toKey(copyJobId(runId, name)))) === 1;
  }

  /** In the order of `jobs`; absent for what has not ended. */
  async #readEnds(runId: string, jobs: readonly SoughtJob[]): Promise<(Settlement | undefined)[]> {
    const { client, queues, unreadable } = this.#internals;
    const keys = jobs.map(({ name, lane }) =>
      parseLane(lane) === undefined ? undefined : queues.get(lane).toKey(copyJobId(runId, name)),
    );
    const pipeline = client.pipeline();
    for (const key of keys) if (key !== undefined) pipeline.hmget(key, ...JOB_FIELDS);
    const replies = (await pipeline.exec()) ?? [];
    return keys.map((key) => {
      if (key === undefined) return settlementOf(NO_JOB);
      const [error, fields] = replies.shift() ?? [];
      if (error == null) return settlementOf(fields);
      unreadable.tell(key, error.message);
      return undefined;
    });
  }

  async #removeOld(names: readonly string[]): Promise<number> {
    const { client, keys, queues, unreadable } = this.#internals;
    const now = Date.now();
    let removed = 0;
    for (const name of names) {
      await unreadable.unless(keys.root + name, async () => {
        const queue = queues.get(name);
        removed += (await queue.clean(KEEP.completedMs, 1000, 'completed')).length;
        removed += (await queue.clean(KEEP.failedMs, 1000, 'failed')).length;
      });
    }
    const before = (key: string, ageMs: number): Promise<unknown> =>
      unreadable.unless(key, () => client.zremrangebyscore(key, '-inf', now - ageMs));
    await before(keys.allRuns, KEEP.runsMs);
    await unreadable.unless(keys.records, () => this.#records.sweep(KEEP.recordsMs));
    return removed;
  }
}

interface SoughtJob extends PendingJob {
  /** Deduplication id, when another job was queued for its target. */
  readonly target?: string;
}

const LOST: Settlement = { outcome: 'failed', error: jobLost('a copy') };
const JOB_FIELDS = ['timestamp', 'finishedOn', 'failedReason', 'returnvalue'] as const;
// Of what is not there, as is a job on what can be no lane.
const NO_JOB = JOB_FIELDS.map(() => null);

const jobFields = z.tuple([
  z.string().nullable(),
  z.string().nullable(),
  z.string().nullable(),
  z.string().nullable(),
]);
const returnSchema = z.object({ outcome: z.enum(['copied', 'unchanged']) });

/** Absent while the job has not ended. */
function settlementOf(fields: unknown): Settlement | undefined {
  const [timestamp, finishedOn, failedReason, returnValue] = jobFields.parse(fields);
  if (timestamp === null) return LOST;
  if (finishedOn === null) return undefined;
  const copied = returnSchema.safeParse(parseJson(returnValue ?? ''));
  if (copied.success) return copied.data;
  return { outcome: 'failed', error: readReason(failedReason ?? '') ?? jobLost('a copy') };
}
