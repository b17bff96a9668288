/**
 * The order in which the copies of a lane are taken, so that each run has a share of it: copies take turns, one of each run in each.
 *
 * A run begins with the turn that is next to be taken, whatever came before it, and takes one turn after the other. So the tail of a
 * long run neither waits for all runs that begin after it, nor do they wait for it.
 */
export class Turns {
  #now = 0;
  #last = 0;
  readonly #ofRuns = new Map<string, number>();

  /** The last one that was given out. */
  get last(): number {
    return this.#last;
  }

  /**
   * The turn of the next copy of a run.
   *
   * @param first - the first turn that waits; absent: none does.
   */
  next(runId: string, first: number | undefined): number {
    this.#now = Math.max(this.#now, first ?? this.#last);
    const turn = Math.max(this.#now, this.#ofRuns.get(runId) ?? 0) + 1;
    this.#ofRuns.set(runId, turn);
    this.#last = Math.max(this.#last, turn);
    return turn;
  }
}
