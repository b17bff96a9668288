import type { RunRecord } from '@regfleet/fleet';

// As many as Redis keeps of one-off images; firings that were skipped are told apart, since a frequent task may skip for days.
const KEPT = { runs: 1_000, skips: 200 };
// Of how many runs all errors are kept; of older ones the first.
const KEPT_IN_FULL = 50;

/** Records of runs that have ended, bounded by number: the oldest go first. */
export class EndedRuns {
  readonly #runs = new Map<string, RunRecord>();
  readonly #skips = new Map<string, RunRecord>();
  /** Ids of those with all their errors. */
  readonly #inFull: string[] = [];

  add(run: RunRecord): void {
    const [records, most] = run.outcome === 'skipped' ? [this.#skips, KEPT.skips] : [this.#runs, KEPT.runs];
    records.set(run.id, run);
    for (const oldest of records.keys()) {
      if (records.size <= most) break;
      records.delete(oldest);
    }
    if (run.errors.length > 1) this.#shorten(run.id);
  }

  #shorten(newest: string): void {
    this.#inFull.push(newest);
    const oldest = this.#inFull.length > KEPT_IN_FULL ? this.#inFull.shift() : undefined;
    const run = oldest === undefined ? undefined : this.#runs.get(oldest);
    if (run !== undefined) this.#runs.set(run.id, { ...run, errors: run.errors.slice(0, 1) });
  }

  get(runId: string): RunRecord | undefined {
    return this.#runs.get(runId) ?? this.#skips.get(runId);
  }

  all(): RunRecord[] {
    return [...this.#runs.values(), ...this.#skips.values()];
  }
}
