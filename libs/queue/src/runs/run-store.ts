import {
  type Claim,
  type ClaimOptions,
  type ExpansionCounts,
  type Lacking,
  parseLane,
  type RunTrigger,
} from '@regfleet/fleet';
import { type CopyOutcome, isSyncError, type SerialisedSyncError, type SyncError } from '@regfleet/model';
import { z } from 'zod';
import type { Internals } from '../jobs/internals.ts';
import { runScript, type Script } from '../redis/script.ts';
import { type EndedImage, packImage } from './images/packed-entry.ts';
import { CANCEL_JOB } from './scripts/cancel-job.ts';
import { CLAIM_RUN } from './scripts/claim-run.ts';
import { CANCEL_RUN, FINISH_EXPANSION, SET_COUNTS } from './scripts/finish-expansion.ts';
import { BEGIN_JOB, FOLLOW_JOBS, HAS_FOLLOWERS, NEEDED_JOBS } from './scripts/follow-job.ts';
import { REGISTER_JOBS } from './scripts/register-jobs.ts';
import { SETTLE_JOB, SETTLE_LOST } from './scripts/settle-job.ts';

/** What a job ended with, as a run counts it. */
export type Settlement =
  | { readonly outcome: CopyOutcome; readonly bytesCopied?: number }
  | { readonly outcome: 'failed'; readonly error: SyncError | SerialisedSyncError };

/** The image of a job that has ended, besides what it ended with. */
export type SettledImage = Pick<EndedImage, 'request' | 'attempts' | 'digest'>;

export interface PendingJob {
  readonly name: string;
  readonly lane: string;
}

/** Absent: nobody has compared, and what is known of the image stays as it is. */
export interface RegisteredJob extends PendingJob {
  readonly lacking?: Lacking | undefined;
}

/** One that the queue did not take, since it has another for the same target. */
export interface RefusedJob {
  readonly name: string;
  /** Its deduplication id. */
  readonly target: string;
  /** As BullMQ stores them. */
  readonly data: string;
  readonly opts: string;
}

/** `own`: it will be done as a job of its run; `left`: that of another run settles it; `again`: add it again. */
export type Following = 'own' | 'left' | 'again';

export interface Beginning {
  readonly isCancelled: boolean;
  /** Other runs wait for its end, too. */
  readonly isNeededByOthers: boolean;
}

export interface Opening extends ClaimOptions {
  readonly runId: string;
  /** Absent: a one-off image. */
  readonly task?: string;
  readonly trigger: RunTrigger;
  /** Of the `runs` queue: while it lives, the expansion is being cared for. */
  readonly jobId?: string;
  /** It retries images of that run. */
  readonly retryOf?: string;
}

/** Every change of a run record, each one atomic in Redis and harmless when repeated. */
export class RunStore {
  readonly #internals: Internals;

  constructor(internals: Internals) {
    this.#internals = internals;
  }

  async claim(opening: Opening): Promise<Claim> {
    const { runId, task = '', trigger, minimumPauseMs = 0, jobId = '', skip = '', retryOf = '' } = opening;
    const answer = await this.#run(CLAIM_RUN, runId, [task, trigger, minimumPauseMs, jobId, skip, retryOf]);
    const [state, reason] = z.tuple([z.string()]).rest(z.string()).parse(answer);
    if (state === 'started' || state === 'resumed') return state;
    if (state === 'expanded') return { skipped: 'the run was expanded before' };
    return { skipped: reason ?? 'the run had ended before' };
  }

  /** @returns per job its priority (1 = first) when it is to be queued, 0 when counted before, -1 when another run has done it or this one is over. */
  async register(runId: string, jobs: readonly RegisteredJob[]): Promise<number[]> {
    const answer = await this.#run(
      REGISTER_JOBS,
      runId,
      jobs.flatMap(({ name, lane, lacking = '' }) => [name, lane, lacking]),
    );
    return z.array(z.number()).parse(answer);
  }

  /** @returns per job, all of them of one lane, what becomes of it since the queue has one for its target. */
  async follow(runId: string, lane: string, jobs: readonly RefusedJob[]): Promise<Following[]> {
    const answer = await this.#run(FOLLOW_JOBS, runId, [
      lane,
      ...jobs.flatMap(({ name, target, data, opts }) => [name, target, data, opts]),
    ]);
    return z.array(z.enum(['own', 'left', 'again'])).parse(answer);
  }

  /** To be called before a job does anything. @param target - the job's deduplication id. */
  async begin(runId: string, { name, lane }: PendingJob, target: string): Promise<Beginning> {
    const answer = await this.#run(BEGIN_JOB, runId, [name, lane, target]);
    const [cancelled, others] = z.tuple([z.number(), z.number()]).parse(answer);
    return { isCancelled: cancelled === 1, isNeededByOthers: others === 1 };
  }

  /** Of a job that has begun: other runs still wait for its end. */
  async isNeededByOthers(runId: string, name: string): Promise<boolean> {
    return (await this.#run(HAS_FOLLOWERS, runId, [name])) === 1;
  }

  /** @returns those of the jobs, all of them on one lane, that no other run needs. */
  async unneeded(runId: string, lane: string, names: readonly string[]): Promise<string[]> {
    const needed = z.array(z.number()).parse(await this.#run(NEEDED_JOBS, runId, [lane, ...names]));
    return names.filter((_, index) => needed[index] === 0);
  }

  /**
   * @param image - what the run tells of it from then on; absent: nobody knows which image it was.
   * @returns false when the job was counted before.
   */
  async settle(runId: string, name: string, settlement: Settlement, image?: SettledImage): Promise<boolean> {
    const { outcome } = settlement;
    const error = outcome === 'failed' ? JSON.stringify(settlement.error) : '';
    const bytes = outcome === 'failed' ? undefined : settlement.bytesCopied;
    const packed = image === undefined ? '' : packImage(endedImage(image, settlement));
    const args = [name, outcome, error, packed, Number.isSafeInteger(bytes) ? (bytes ?? '') : ''];
    return (await this.#run(SETTLE_JOB, runId, args)) === 1;
  }

  /** Counts as failed what the run waits for without knowing it by name. @returns how many jobs. */
  async settleLost(runId: string, error: SyncError): Promise<number> {
    return z.number().parse(await this.#run(SETTLE_LOST, runId, [JSON.stringify(error)]));
  }

  async setCounts(runId: string, counts: Partial<ExpansionCounts>): Promise<void> {
    const pairs = Object.entries(counts).flat();
    if (pairs.length > 0) await this.#run(SET_COUNTS, runId, pairs);
  }

  async finishExpansion(
    runId: string,
    errors: readonly (SyncError | SerialisedSyncError)[],
    { isComplete = errors.length === 0 }: { readonly isComplete?: boolean } = {},
  ): Promise<boolean> {
    const answer = await this.#run(FINISH_EXPANSION, runId, [
      isComplete ? 1 : 0,
      ...errors.map((error) => JSON.stringify(error)),
    ]);
    return answer === 1;
  }

  /** @returns the jobs that were pending on lanes of ours; absent when the run had ended or is unknown. */
  async cancel(runId: string, reason: string): Promise<PendingJob[] | undefined> {
    const answer = await this.#run(CANCEL_RUN, runId, [reason]);
    if (answer === null) return undefined;
    const flat = z.array(z.string().nullable()).parse(answer);
    return flat.flatMap((name, index) => {
      const lane = flat[index + 1] ?? '';
      return index % 2 === 0 && name !== null && parseLane(lane) !== undefined ? [{ name, lane }] : [];
    });
  }

  /** @returns the lane of a job that was pending, empty where it is none of ours; absent when its run does not wait for it. */
  async cancelJob(runId: string, name: string, reason: string): Promise<string | undefined> {
    const answer = await this.#run(CANCEL_JOB, runId, [name, reason]);
    const lane = z.string().nullable().parse(answer);
    return lane === null || parseLane(lane) !== undefined ? (lane ?? undefined) : '';
  }

  #run(script: Script, runId: string, args: readonly (string | number)[]): Promise<unknown> {
    const { client, keys } = this.#internals;
    return runScript(client, script, [keys.run(runId)], [keys.root, runId, Date.now(), ...args]);
  }
}

function endedImage(image: SettledImage, settlement: Settlement): EndedImage {
  if (settlement.outcome === 'failed') {
    const { error } = settlement;
    return { ...image, error: isSyncError(error) ? error.toJSON() : error };
  }
  const { bytesCopied } = settlement;
  return { ...image, ...(bytesCopied !== undefined && { bytesCopied }) };
}

/** What those need who begin and end jobs of runs. */
export interface FleetInternals extends Internals {
  readonly book: RunStore;
}
