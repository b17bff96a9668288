import { type Claim, type RunRecord, RunTally, type RunTicket, steadyNowMs } from '@regfleet/fleet';
import { EndedRuns } from './ended-runs.ts';
import { LocalRun } from './local-run.ts';
import type { RunImages } from './run-images.ts';
import type { RunWatchers } from './run-watchers.ts';

// Of how many runs that have ended.
const RUNS_WITH_IMAGES = 3;

/** A run to be begun; without a task it is that of a one-off image. */
export type Opening = Omit<RunTicket, 'task'> & { readonly task?: string };

/** What is known of a task beyond its runs. */
interface TaskNotes {
  activeRunId?: string;
  lastRunId?: string;
  lastEndedId?: string;
  lastEnded?: { readonly steadyMs: number; readonly epochMs: number };
  /** Epoch milliseconds. */
  lastSuccessAtMs?: number;
}

/** All runs of the process, and which task has one under way. */
export class RunBook {
  readonly #watchers: RunWatchers;
  readonly #open = new Map<string, LocalRun>();
  readonly #ended = new EndedRuns();
  /** Of the runs that ended last. */
  readonly #images = new Map<string, RunImages>();
  readonly #tasks = new Map<string, TaskNotes>();

  constructor(watchers: RunWatchers) {
    this.#watchers = watchers;
  }

  claim(opening: Opening, minimumPauseMs = 0): Claim {
    const { runId, task } = opening;
    const known = this.#open.get(runId);
    if (known !== undefined) return known.isExpanded ? { skipped: 'the run was expanded before' } : 'resumed';
    if (this.#ended.get(runId) !== undefined) return { skipped: 'the run had ended before' };
    const reason = task === undefined ? undefined : this.#whyNot(task, minimumPauseMs);
    if (reason !== undefined) {
      this.#recordSkip(opening, reason);
      return { skipped: reason };
    }
    this.#open.set(runId, new LocalRun(opening));
    if (task !== undefined) Object.assign(this.#notesOf(task), { activeRunId: runId, lastRunId: runId });
    this.tell(runId);
    return 'started';
  }

  /** Absent: it has ended, or there is none. */
  open(runId: string): LocalRun | undefined {
    return this.#open.get(runId);
  }

  get(runId: string): RunRecord | undefined {
    return this.#open.get(runId)?.record ?? this.#ended.get(runId);
  }

  /** Absent: there is no such run, or others have ended since. */
  imagesOf(runId: string): RunImages | undefined {
    return this.#open.get(runId)?.images ?? this.#images.get(runId);
  }

  /** In no order. */
  all(): RunRecord[] {
    return [...[...this.#open.values()].map((run) => run.record), ...this.#ended.all()];
  }

  /** Absent: it never ran. */
  notesOn(task: string): Readonly<TaskNotes> | undefined {
    return this.#tasks.get(task);
  }

  /** Tasks that ever ran. */
  tasks(): string[] {
    return [...this.#tasks.keys()];
  }

  /** Changes a run that has not ended, ends it if that was the last it waited for, and tells of it. */
  change(runId: string, change: (run: LocalRun) => void): void {
    const run = this.#open.get(runId);
    if (run === undefined) return;
    change(run);
    if (run.isDone) this.#end(run);
    else this.tell(runId);
  }

  /** Ends a run at once, whatever it waits for. */
  cancel(runId: string, reason: string): void {
    const run = this.#open.get(runId);
    if (run === undefined) return;
    run.cancel(reason);
    this.#end(run);
  }

  /** The process was told to stop: a firing ends with what its run has begun, and nothing more is asked for. */
  interrupt(opening: Opening): void {
    this.claim(opening);
    this.change(opening.runId, (run) => run.stopped());
  }

  /** Ends all runs at once, since the process does. */
  endAll(): void {
    for (const run of [...this.#open.values()]) {
      run.stopped();
      this.#end(run);
    }
  }

  tell(runId: string): void {
    if (this.#watchers.hears(runId)) this.#watchers.tell(runId, this.get(runId));
  }

  #notesOf(task: string): TaskNotes {
    const notes = this.#tasks.get(task) ?? {};
    this.#tasks.set(task, notes);
    return notes;
  }

  #whyNot(task: string, minimumPauseMs: number): string | undefined {
    const { activeRunId, lastEnded } = this.#tasks.get(task) ?? {};
    if (activeRunId !== undefined) return `the task was still running as ${activeRunId}`;
    if (lastEnded === undefined) return undefined;
    // The one stands still while the machine sleeps, the other may be put back.
    const sinceMs = Math.max(steadyNowMs() - lastEnded.steadyMs, Date.now() - lastEnded.epochMs);
    return sinceMs < minimumPauseMs ? 'too soon after the last run' : undefined;
  }

  #recordSkip({ runId: id, task, trigger }: Opening, reason: string): void {
    const tally = new RunTally({ id, ...(task !== undefined && { task }), trigger });
    tally.expanded();
    tally.cancel(reason);
    tally.finish();
    this.#note({ ...tally.record, outcome: 'skipped' });
  }

  #end(run: LocalRun): void {
    run.finish();
    this.#open.delete(run.id);
    this.#images.set(run.id, run.images);
    for (const oldest of [...this.#images.keys()].slice(0, -RUNS_WITH_IMAGES)) this.#images.delete(oldest);
    const { record } = run;
    if (run.task !== undefined) {
      const notes = this.#notesOf(run.task);
      delete notes.activeRunId;
      notes.lastEndedId = run.id;
      notes.lastEnded = { steadyMs: steadyNowMs(), epochMs: Date.now() };
      if (record.outcome === 'succeeded') notes.lastSuccessAtMs = Date.now();
    }
    this.#note(record);
  }

  #note(record: RunRecord): void {
    this.#ended.add(record);
    this.tell(record.id);
    this.#watchers.ended(record);
  }
}
