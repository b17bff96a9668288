import {
  CANCELLED,
  type Claim,
  type ClaimOptions,
  COPY_CANCELLED,
  type CopyOrder,
  copyName,
  type ExpansionCounts,
  INTERRUPTED,
  laneName,
  lanePartsOf,
  MOST_QUEUED,
  type RunImage,
  type RunRecord,
  type Runs,
  type RunTicket,
  rankOf,
} from '@regfleet/fleet';
import { isSyncError, type SerialisedSyncError, SyncError, unlessAborted } from '@regfleet/model';
import type { CopyQueue } from '../copies/copy-queue.ts';
import type { Firings } from './firings.ts';
import type { LocalRun } from './local-run.ts';
import type { RunBook } from './run-book.ts';
import type { RunWatchers } from './run-watchers.ts';

// Of a lane: copies that wait for another try leave their slots to others, but not without bound, since their registry may be down.
const MOST_WAITING = 100;
// 72 bits: a run keeps the names of all its copies, so that they are short.
const NAME_LENGTH = 12;

export interface RunsParts {
  readonly book: RunBook;
  readonly firings: Firings;
  readonly copies: CopyQueue;
  readonly watchers: RunWatchers;
  /** Aborts the expansion of a run. */
  cancelExpansion(runId: string): void;
}

export class LocalRuns implements Runs {
  readonly #parts: RunsParts;

  constructor(parts: RunsParts) {
    this.#parts = parts;
  }

  async claim(ticket: RunTicket, options: ClaimOptions = {}): Promise<Claim> {
    return this.#parts.book.claim(ticket, options);
  }

  setCounts(runId: string, counts: Partial<ExpansionCounts>): void {
    this.#parts.book.change(runId, (run) => run.setCounts(counts));
  }

  noteFailures(runId: string, errors: readonly SyncError[]): void {
    this.#parts.book.open(runId)?.noteFailures(errors);
  }

  async enqueue(runId: string, order: CopyOrder): Promise<void> {
    const name = copyName(order.request, NAME_LENGTH);
    const lane = laneName(lanePartsOf(order.request));
    const { book, copies } = this.#parts;
    for (;;) {
      const run = book.open(runId);
      if (run === undefined) return;
      if (run.hasAsked(name)) return run.begun(name);
      // An expansion that was given up may still be on its way.
      if (run.isExpanded) return;
      if (copies.isOver) return book.change(runId, (open) => open.cut(INTERRUPTED));
      if (run.openCount(lane) < copies.slotCount + MOST_WAITING) return this.#ask(run, { name, lane, order });
      await run.freed();
    }
  }

  async finishExpansion(runId: string, errors: readonly (SyncError | SerialisedSyncError)[]): Promise<void> {
    this.#parts.book.change(runId, (run) => {
      if (!run.isExpanded) run.expanded(errors.map(asError));
    });
  }

  /** Ends a run that could not be expanded, also one that was not claimed. */
  fail(ticket: RunTicket, error: SyncError): void {
    const { book } = this.#parts;
    book.claim(ticket);
    book.change(ticket.runId, (run) => {
      if (!run.isExpanded) run.expanded([error]);
    });
  }

  async get(runId: string): Promise<RunRecord | undefined> {
    return this.#parts.book.get(runId);
  }

  async queued(): Promise<{ readonly runId: string; readonly task: string }[]> {
    return this.#parts.firings.queued(MOST_QUEUED);
  }

  async list({ task, limit, outcome }: Parameters<Runs['list']>[0]): Promise<RunRecord[]> {
    const runs = this.#parts.book
      .all()
      .filter((run) => task === undefined || run.task === task)
      .filter((run) => outcome === undefined || run.outcome === outcome);
    return runs.sort((a, b) => b.startedAtMs - a.startedAtMs || (a.id < b.id ? 1 : -1)).slice(0, limit);
  }

  async *images(runId: string, options: { failedOnly?: boolean } = {}): AsyncGenerator<RunImage> {
    yield* this.#parts.book.imagesOf(runId)?.read(options) ?? [];
  }

  async wait(
    runId: string,
    { signal, onChange }: { signal?: AbortSignal; onChange?: (run: RunRecord) => void } = {},
  ): Promise<RunRecord> {
    signal?.throwIfAborted();
    const { book, firings, watchers } = this.#parts;
    const ended = Promise.withResolvers<RunRecord>();
    const look = (run: RunRecord | undefined): void => {
      if (run === undefined) {
        if (!firings.has(runId)) ended.reject(unknownRun(runId));
        return;
      }
      try {
        onChange?.(run);
        if (run.finishedAtMs !== undefined) ended.resolve(run);
      } catch (error) {
        ended.reject(error);
      }
    };
    const stop = watchers.listen(runId, look);
    try {
      look(book.get(runId));
      return await unlessAborted(ended.promise, signal);
    } finally {
      stop();
    }
  }

  async cancel(runId: string): Promise<boolean> {
    const { book, copies, cancelExpansion } = this.#parts;
    const run = book.open(runId);
    if (run === undefined) return this.#cancelFiring(runId);
    const names = run.openNames();
    book.cancel(runId, CANCELLED);
    cancelExpansion(runId);
    copies.cancel(runId, names);
    return true;
  }

  /** One that nobody has begun. */
  #cancelFiring(runId: string): boolean {
    const { book, firings } = this.#parts;
    const firing = firings.remove(runId);
    if (firing === undefined) return false;
    book.claim(firing);
    book.cancel(runId, CANCELLED);
    return true;
  }

  async cancelJob(jobId: string): Promise<boolean> {
    const dot = jobId.lastIndexOf('.');
    const [runId, name] = [jobId.slice(0, dot), jobId.slice(dot + 1)];
    const { book, copies } = this.#parts;
    if (book.open(runId)?.isOpen(name) !== true) return false;
    book.change(runId, (run) => run.settle(name, { outcome: 'skipped', note: COPY_CANCELLED }));
    copies.cancel(runId, [name]);
    return true;
  }

  async watchEnded(listener: (run: RunRecord) => void): Promise<() => Promise<void>> {
    const stop = this.#parts.watchers.watchEnded(listener);
    return async () => stop();
  }

  #ask(
    run: LocalRun,
    { name, lane, order }: { name: string; lane: string; order: CopyOrder },
  ): Promise<void> {
    const { book, copies } = this.#parts;
    let position = 0;
    book.change(run.id, () => {
      position = run.ask(name, lane);
    });
    const begun = run.begun(name);
    copies.add({ runId: run.id, name, order, position, rank: rankOf(run.trigger, position) });
    return begun;
  }
}

const asError = (error: SyncError | SerialisedSyncError): SyncError =>
  isSyncError(error) ? error : new SyncError(error.code, error);

const unknownRun = (runId: string): SyncError =>
  new SyncError('JOB_LOST', {
    message: `run ${runId} is not known`,
    hint: 'its record was too old and was dropped, or it is that of another process',
  });
