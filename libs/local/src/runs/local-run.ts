import {
  type ExpansionCounts,
  INTERRUPTED,
  type RunImage,
  type RunRecord,
  RunTally,
  type RunTicket,
  type RunTrigger,
} from '@regfleet/fleet';
import type { CopyRequest, CopyResult, SyncError } from '@regfleet/model';
import { RunImages } from './run-images.ts';

/** What one copy of a run came to. */
export type Settlement =
  | CopyResult
  | { readonly outcome: 'failed'; readonly error: SyncError }
  /** A job of another run has done it. `note`: why it is not what this run had asked for. */
  | { readonly outcome: 'skipped'; readonly note?: string }
  /** The process was told to stop before it was done. */
  | { readonly outcome: 'interrupted' };

/** What of a copy its run tells. */
export interface SettledCopy {
  readonly request: CopyRequest;
  readonly attempts: number;
}

interface OpenCopy extends PromiseWithResolvers<void> {
  readonly lane: string;
}

/** A run that has not ended. */
export class LocalRun {
  readonly id: string;
  readonly task: string | undefined;
  readonly trigger: RunTrigger;
  readonly images = new RunImages();
  readonly #tally: RunTally;
  /** Names of all copies that were ever asked for: a repeated expansion asks again. */
  readonly #asked = new Set<string>();
  /** Those that have not ended, and the promise that each has begun. */
  readonly #open = new Map<string, OpenCopy>();
  readonly #openIn = new Map<string, number>();
  #freed = Promise.withResolvers<void>();
  #note: string | undefined;
  #isExpanded = false;
  #failures: readonly SyncError[] = [];
  #isCancelled = false;

  constructor({ runId, task, trigger }: RunTicket | (Omit<RunTicket, 'task'> & { task?: string })) {
    this.id = runId;
    this.task = task;
    this.trigger = trigger;
    this.#tally = new RunTally({ id: runId, ...(task !== undefined && { task }), trigger });
  }

  get record(): RunRecord {
    const { record } = this.#tally;
    if (record.finishedAtMs === undefined) return record;
    return {
      ...(this.#note !== undefined && { reason: this.#note }),
      ...record,
      ...(this.#isCancelled && { outcome: 'cancelled' }),
    };
  }

  get isExpanded(): boolean {
    return this.#isExpanded;
  }

  get isDone(): boolean {
    return this.#isExpanded && this.#open.size === 0;
  }

  /** How many copies of a lane have not ended. */
  openCount(lane: string): number {
    return this.#openIn.get(lane) ?? 0;
  }

  hasAsked(name: string): boolean {
    return this.#asked.has(name);
  }

  isOpen(name: string): boolean {
    return this.#open.has(name);
  }

  openNames(): string[] {
    return [...this.#open.keys()];
  }

  setCounts(counts: Partial<ExpansionCounts>): void {
    this.#tally.set(counts);
  }

  /** @returns the position of the copy in the run, 1 = first. */
  ask(name: string, lane: string): number {
    this.#asked.add(name);
    this.#open.set(name, { lane, ...Promise.withResolvers<void>() });
    this.#openIn.set(lane, this.openCount(lane) + 1);
    this.#tally.add('enqueued');
    return this.#asked.size;
  }

  begin(name: string): void {
    this.#open.get(name)?.resolve();
  }

  /** Resolves when the copy has begun or is gone. */
  async begun(name: string): Promise<void> {
    await this.#open.get(name)?.promise;
  }

  /** Resolves when fewer copies are open than now, of whatever lane. */
  async freed(): Promise<void> {
    await this.#freed.promise;
  }

  /**
   * Does nothing where the copy has ended.
   *
   * @param copy - absent: it was one from another source.
   */
  settle(name: string, settlement: Settlement, copy?: SettledCopy): void {
    const open = this.#open.get(name);
    if (open === undefined) return;
    this.#open.delete(name);
    this.#openIn.set(open.lane, this.openCount(open.lane) - 1);
    this.#count(settlement);
    if (copy !== undefined && settlement.outcome !== 'interrupted')
      this.images.add(this.#imageOf(copy, settlement));
    open.resolve();
    this.#free();
  }

  #count(settlement: Settlement): void {
    switch (settlement.outcome) {
      case 'failed':
        this.#tally.add('failed');
        this.#tally.fail(settlement.error);
        return;
      case 'skipped':
        this.#leave();
        this.#note = settlement.note ?? this.#note;
        return;
      case 'interrupted':
        this.#leave();
        this.#tally.cancel(INTERRUPTED);
        return;
      default:
        this.#tally.add(settlement.outcome);
        this.#tally.sent(settlement.bytesCopied);
    }
  }

  #imageOf(
    { request: { sourceDigest: _, ...request }, attempts }: SettledCopy,
    settlement: Exclude<Settlement, { readonly outcome: 'interrupted' }>,
  ): RunImage {
    const { outcome } = settlement;
    const task = this.task ?? request.task;
    const image = { request: { ...request, ...(task !== undefined && { task }) }, outcome, attempts };
    if (settlement.outcome === 'skipped') return image;
    if (settlement.outcome === 'failed') {
      const { code, kind, message, side } = settlement.error;
      return { ...image, error: { code, kind, message, ...(side !== undefined && { side }) } };
    }
    const { targetDigest, bytesCopied } = settlement;
    return { ...image, digest: targetDigest, ...(bytesCopied !== undefined && { bytesCopied }) };
  }

  /** The copy is none of this run any more. */
  #leave(): void {
    this.#tally.add('enqueued', -1);
    this.#tally.add('skipped');
  }

  #free(): void {
    this.#freed.resolve();
    this.#freed = Promise.withResolvers();
  }

  /** What could not be planned so far. */
  noteFailures(errors: readonly SyncError[]): void {
    this.#failures = [...errors];
  }

  /** The expansion is stopped, and nobody takes it over. */
  stopped(): void {
    this.cut(INTERRUPTED);
    if (!this.#isExpanded) this.expanded(this.#failures);
  }

  /** Nothing more is asked for. */
  expanded(errors: readonly SyncError[]): void {
    this.#isExpanded = true;
    this.#tally.expanded();
    for (const error of errors) this.#tally.fail(error);
  }

  /** Something was left undone. */
  cut(reason: string): void {
    this.#tally.cancel(reason);
  }

  /** It is of no interest any more, whatever has failed so far. */
  cancel(reason: string): void {
    this.#isCancelled = true;
    this.#tally.cancel(reason);
  }

  /** Ends it; copies that are open are none of it any more. */
  finish(): void {
    for (const open of this.#open.values()) {
      this.#leave();
      open.resolve();
    }
    this.#open.clear();
    this.#openIn.clear();
    this.#tally.finish();
    this.#free();
  }
}
