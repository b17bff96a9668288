import { type Attempt, type Holds, HoldWatch, type Shortfall, type WorkParts } from '@regfleet/fleet';
import { toSyncError } from '@regfleet/model';
import type { Job } from 'bullmq';
import { MOST_PARKED_MS, parkCopy, releaseParked } from '../holds/parked-copies.ts';
import type { Internals } from '../jobs/internals.ts';

// A copy that nobody can release looks for itself.
const UNNOTED_MS = 5_000;

/** What the holds of tasks, and of what is under way, come to in the copies of one process. */
export class TaskHolds {
  readonly #internals: Internals;
  readonly #holds: Pick<Holds, 'current' | 'isHeld' | 'listen'>;
  readonly #watch: HoldWatch;
  readonly #unlisten: () => void;
  #heldTasks: ReadonlySet<string> = new Set();

  constructor(
    internals: Internals,
    holds: Pick<Holds, 'current' | 'isHeld' | 'listen'>,
    graceMs: number | undefined,
  ) {
    this.#internals = internals;
    this.#holds = holds;
    this.#watch = new HoldWatch(holds, graceMs);
    this.#unlisten = holds.listen(() => this.#releaseLifted());
  }

  /** A copy whose task alone is held has no room to wait for: others of its lane would wait behind it. @throws as `begin`. */
  pass(work: WorkParts, attempt: Attempt): void {
    if (this.#isTaskHeld(work)) attempt.abort('held');
    attempt.signal.throwIfAborted();
  }

  /** To be called with room in hand, right before the copy begins. @returns is to be called at its end. @throws the reason of the attempt's signal. */
  begin(work: WorkParts, attempt: Attempt): () => void {
    if (this.#holds.isHeld(work)) attempt.abort('held');
    attempt.signal.throwIfAborted();
    return this.#watch.add(work, attempt);
  }

  /** The verdict as it is carried out: a copy of a task that is held waits until that is lifted, instead of coming back at once. */
  async parked<Verdict extends Shortfall>(verdict: Verdict, job: Job, work: WorkParts): Promise<Verdict> {
    if (verdict.verdict !== 'defer' || verdict.reason !== 'held' || work.task === undefined) return verdict;
    if (!this.#isTaskHeld(work)) return verdict;
    const leftMs = this.#leftMs(work.task);
    return {
      ...verdict,
      delayMs: (await this.#park(work.task, job)) ? leftMs : Math.min(leftMs, UNNOTED_MS),
    };
  }

  /** Its failure would be taken for one of the copy, and spend an attempt. */
  async #park(task: string, job: Job): Promise<boolean> {
    try {
      return await parkCopy(this.#internals, task, job);
    } catch (error) {
      const { logger } = this.#internals;
      logger.debug({ task, jobId: job.id, error: toSyncError(error) }, 'a held copy is not noted');
      return false;
    }
  }

  stop(): void {
    this.#unlisten();
    this.#watch.stop();
  }

  #isTaskHeld({ task, ...lane }: WorkParts): boolean {
    return task !== undefined && !this.#holds.isHeld(lane) && this.#holds.isHeld({ task });
  }

  #leftMs(task: string): number {
    const ends = this.#holds.current.flatMap(({ scope, untilMs }) =>
      scope.kind === 'task' && scope.task === task ? [untilMs ?? Number.POSITIVE_INFINITY] : [],
    );
    return Math.min(MOST_PARKED_MS, Math.max(0, ...ends.map((untilMs) => untilMs - Date.now())));
  }

  #releaseLifted(): void {
    const before = this.#heldTasks;
    this.#heldTasks = new Set(
      this.#holds.current.flatMap(({ scope }) => (scope.kind === 'task' ? [scope.task] : [])),
    );
    for (const task of before.difference(this.#heldTasks)) void this.#release(task);
  }

  async #release(task: string): Promise<void> {
    try {
      await releaseParked(this.#internals, task);
    } catch (error) {
      this.#internals.logger.debug({ task, error }, 'copies of a task that is held no more wait for a while');
    }
  }
}
