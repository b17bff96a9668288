import { copyJobId, type Holds, type LaneParts, type Rank, sleepUntil, TAKEN_OVER } from '@regfleet/fleet';
import type { Settlement } from '../runs/local-run.ts';
import type { RunBook } from '../runs/run-book.ts';
import { LaneQueues } from './lane-queues.ts';
import { type AskedCopy, type Follower, LocalCopy } from './local-copy.ts';
import { Targets } from './targets.ts';

/** A consumer, as the queue sees it. */
export interface CopyTaker {
  /** Copies at once. */
  readonly concurrency: number;
  /** The lane has copies, or has none any more. */
  laneChanged(lane: string, parts: LaneParts): void;
}

/** All copies that have not come to their end. */
export class CopyQueue {
  readonly #book: RunBook;
  readonly #mayBegin: (copy: LocalCopy) => boolean;
  readonly #lanes = new LaneQueues();
  readonly #targets = new Targets();
  /** By job id: those that have a job of their own. */
  readonly #copies = new Map<string, LocalCopy>();
  readonly #takers = new Set<CopyTaker>();
  #isOver = false;

  constructor(book: RunBook, holds: Pick<Holds, 'isHeld'>) {
    this.#book = book;
    this.#mayBegin = ({ parts, asked: { order } }) => !holds.isHeld({ ...parts, task: order.request.task });
  }

  /** Whoever took copies takes no more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Copies at once, of all who take them. */
  get slotCount(): number {
    return [...this.#takers].reduce((sum, { concurrency }) => sum + concurrency, 0);
  }

  attach(taker: CopyTaker): void {
    this.#isOver = false;
    this.#takers.add(taker);
  }

  /** Who took copies takes no more; with the last of them all that has not begun is interrupted. */
  detach(taker: CopyTaker): void {
    if (this.#takers.delete(taker) && this.#takers.size === 0) this.interrupt();
  }

  /** Nobody will take what waits. */
  interrupt(): void {
    this.#isOver = true;
    for (const copy of [...this.#copies.values()])
      if (copy.state !== 'active') this.end(copy, { outcome: 'interrupted' });
  }

  add(asked: AskedCopy): void {
    const copy = new LocalCopy(asked);
    const place = this.#targets.place(copy);
    // It waits for a copy of another run, not for room: what comes after it must not wait as well.
    if (place !== 'begins') this.#book.open(asked.runId)?.begin(asked.name);
    if (place === 'left') return;
    // Those behind which it has taken the place of have no job of their own any more.
    for (const { runId, name } of copy.followers) this.#copies.delete(copyJobId(runId, name));
    this.#copies.set(copy.jobId, copy);
    if (place === 'begins') this.#ready(copy);
  }

  /** Lanes with copies that may be begun. */
  lanes(): readonly { readonly lane: string; readonly parts: LaneParts }[] {
    return this.#lanes.lanes();
  }

  has(lane: string): boolean {
    return this.#lanes.first(lane, this.#mayBegin) !== undefined;
  }

  /** Of the first copy of a lane. */
  rank(lane: string): Rank {
    return this.#lanes.first(lane, this.#mayBegin)?.asked.rank ?? 'usual';
  }

  /** Begins the first copy of a lane; absent: it is empty. */
  take(lane: string): LocalCopy | undefined {
    const copy = this.#firstNeeded(lane);
    if (copy === undefined) return undefined;
    copy.state = 'active';
    this.#unready(copy);
    for (const { runId, name } of copy.all) this.#book.open(runId)?.begin(name);
    return copy;
  }

  /** Has it begun again after `delayMs`, by whoever takes it. */
  async again(copy: LocalCopy, delayMs: number): Promise<void> {
    copy.cancel = undefined;
    if (!this.#isNeeded(copy)) return this.end(copy, { outcome: 'skipped' });
    if (this.#isOver) return this.end(copy, { outcome: 'interrupted' });
    if (delayMs <= 0) return this.#ready(copy);
    copy.state = 'delayed';
    copy.wake = new AbortController();
    await sleepUntil(Date.now() + delayMs, copy.wake.signal).catch(() => undefined);
    if (copy.state === 'delayed') this.#ready(copy);
  }

  /** Counts what it came to, for all that wait for it, and makes room for the next one to its target. */
  end(copy: LocalCopy, settlement: Settlement): void {
    if (copy.state === 'gone') return;
    this.#unready(copy);
    copy.state = 'gone';
    copy.wake?.abort();
    this.#copies.delete(copy.jobId);
    const next = this.#targets.leave(copy);
    this.#settle(copy, settlement);
    if (next === undefined) return;
    if (this.#isOver) this.end(next, { outcome: 'interrupted' });
    else this.#ready(next);
  }

  /** The run waits for them no more: what nobody else needs goes. @param names - of its copies that had not ended. */
  cancel(runId: string, names: readonly string[]): void {
    const cancelled = new Set(names);
    const isCancelled = (asked: Follower): boolean => asked.runId === runId && cancelled.has(asked.name);
    // Also those that it shares, whose own run may have been cancelled before.
    const copies = [...this.#copies.values()].filter((copy) => copy.all.some(isCancelled));
    for (const copy of copies) {
      if (this.#isNeeded(copy)) continue;
      if (copy.state === 'active') copy.cancel?.();
      else this.end(copy, { outcome: 'skipped' });
    }
  }

  /** Runs that shared a copy may be over by now. */
  #firstNeeded(lane: string): LocalCopy | undefined {
    for (;;) {
      const copy = this.#lanes.first(lane, this.#mayBegin);
      if (copy === undefined || this.#isNeeded(copy)) return copy;
      this.end(copy, { outcome: 'skipped' });
    }
  }

  #isNeeded(copy: LocalCopy): boolean {
    return copy.all.some(({ runId, name }) => this.#book.open(runId)?.isOpen(name));
  }

  #ready(copy: LocalCopy): void {
    copy.state = 'waiting';
    this.#lanes.add(copy);
    this.#tell(copy);
  }

  #unready(copy: LocalCopy): void {
    this.#lanes.remove(copy);
    if (!this.has(copy.lane)) this.#tell(copy);
  }

  #tell({ lane, parts }: LocalCopy): void {
    for (const taker of [...this.#takers]) taker.laneChanged(lane, parts);
  }

  #settle({ asked, attempt, followers }: LocalCopy, settlement: Settlement): void {
    const copy = { request: asked.order.request, attempts: attempt };
    this.#book.change(asked.runId, (run) => run.settle(asked.name, settlement, copy));
    for (const { runId, name } of followers) {
      const isSame = name === asked.name;
      this.#book.change(runId, (run) =>
        run.settle(name, shared(settlement, isSame), isSame ? copy : undefined),
      );
    }
  }
}

/** What a copy of another run comes to by this one. */
function shared(settlement: Settlement, isSame: boolean): Settlement {
  if (settlement.outcome === 'failed' || settlement.outcome === 'interrupted') return settlement;
  return isSame ? { outcome: 'skipped' } : { outcome: 'skipped', note: TAKEN_OVER };
}
