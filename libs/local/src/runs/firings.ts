import { type RunTicket, sleepUntil, steadyNowMs } from '@regfleet/fleet';

export interface Firing extends RunTicket {
  /** By `steadyNowMs`. */
  readonly queuedAtMs: number;
  /** 1 on the first try. */
  attempt: number;
}

export interface FiringsOptions {
  /** A firing was taken off before its end; its run may have begun. */
  onInterrupted(firing: Firing): void;
  /** A firing has come to its end, or was taken off unheard. */
  onGone(runId: string): void;
}

const PRIORITY: Readonly<Record<Firing['trigger'], number>> = { operator: 1, start: 2, schedule: 3 };

/** Firings of tasks that have not come to their end: those of operators first, else in the order in which they came. */
export class Firings {
  readonly #options: FiringsOptions;
  readonly #waiting: Firing[] = [];
  /** Those that wait for another try, and what stops the wait. */
  readonly #delayed = new Map<Firing, AbortController>();
  readonly #active = new Set<Firing>();
  readonly #takers = new Set<() => void>();
  /** Whoever took firings takes no more. */
  #isOver = false;

  constructor(options: FiringsOptions) {
    this.#options = options;
  }

  /** @param wake - is called when there may be one to be taken. */
  attach(wake: () => void): void {
    this.#isOver = false;
    this.#takers.add(wake);
  }

  /** Who took firings takes no more; with the last of them all that waits is interrupted. */
  detach(wake: () => void): void {
    if (this.#takers.delete(wake) && this.#takers.size === 0) this.interrupt();
  }

  /** Nobody will take what waits. */
  interrupt(): void {
    this.#isOver = true;
    const delayed = [...this.#delayed];
    this.#delayed.clear();
    for (const [, stop] of delayed) stop.abort();
    for (const firing of [...this.#waiting.splice(0), ...delayed.map(([waiting]) => waiting)])
      this.#options.onInterrupted(firing);
  }

  add(ticket: RunTicket): void {
    this.#place({ ...ticket, queuedAtMs: steadyNowMs(), attempt: 1 });
  }

  /** The one that is taken next; absent: none is due. */
  get first(): Firing | undefined {
    return this.#waiting[0];
  }

  /** Absent: none is due. */
  take(): Firing | undefined {
    const firing = this.#waiting.shift();
    if (firing !== undefined) this.#active.add(firing);
    return firing;
  }

  /** Has it taken again after `delayMs`. */
  async again(firing: Firing, delayMs: number): Promise<void> {
    this.#active.delete(firing);
    if (this.#isOver) return this.#options.onInterrupted(firing);
    const stop = new AbortController();
    this.#delayed.set(firing, stop);
    await sleepUntil(Date.now() + delayMs, stop.signal).catch(() => undefined);
    if (this.#delayed.delete(firing)) this.#place(firing);
  }

  end(firing: Firing): void {
    this.#active.delete(firing);
    this.#options.onGone(firing.runId);
  }

  /** The process was told to stop while it was under way. */
  cut(firing: Firing): void {
    this.#active.delete(firing);
    this.#options.onInterrupted(firing);
  }

  /** Takes off one that waits, or waits for another try; absent: there is none. */
  remove(runId: string): Firing | undefined {
    const isMeant = (firing: Firing): boolean => firing.runId === runId;
    const index = this.#waiting.findIndex(isMeant);
    if (index >= 0) return this.#waiting.splice(index, 1)[0];
    const firing = [...this.#delayed.keys()].find(isMeant);
    if (firing === undefined) return undefined;
    this.#delayed.get(firing)?.abort();
    this.#delayed.delete(firing);
    return firing;
  }

  has(runId: string): boolean {
    return this.#all().some((firing) => firing.runId === runId);
  }

  /** In the order in which they will be taken. */
  queued(limit: number): { readonly runId: string; readonly task: string }[] {
    return this.#waiting.slice(0, limit).map(({ runId, task }) => ({ runId, task }));
  }

  /** Whether the schedule of a task has fired and nobody has taken that yet. */
  awaitsSchedule(task: string): boolean {
    return this.#waiting.some((firing) => isOfSchedule(firing, task));
  }

  /** What the schedule of a task fired and nobody has begun is of no interest any more. */
  dropScheduled(task: string): void {
    const unbegun = this.#waiting.filter((firing) => isOfSchedule(firing, task) && firing.attempt === 1);
    for (const firing of unbegun) {
      this.#waiting.splice(this.#waiting.indexOf(firing), 1);
      this.#options.onGone(firing.runId);
    }
  }

  #all(): Firing[] {
    return [...this.#waiting, ...this.#delayed.keys(), ...this.#active];
  }

  #place(firing: Firing): void {
    if (this.#isOver) {
      this.#options.onInterrupted(firing);
      return;
    }
    const before = this.#waiting.findLastIndex(
      ({ trigger }) => PRIORITY[trigger] <= PRIORITY[firing.trigger],
    );
    this.#waiting.splice(before + 1, 0, firing);
    for (const wake of [...this.#takers]) wake();
  }
}

const isOfSchedule = ({ trigger, task }: Firing, wanted: string): boolean =>
  trigger === 'schedule' && task === wanted;
