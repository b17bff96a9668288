import {
  type Hold,
  HoldBook,
  type HoldCause,
  type HoldScope,
  type Holds,
  type NewHold,
  scopeName,
  type WorkParts,
} from '@regfleet/fleet';

export class LocalHolds implements Holds {
  readonly #book = new HoldBook();

  get current(): readonly Hold[] {
    return this.#book.current;
  }

  async list(): Promise<readonly Hold[]> {
    return this.current;
  }

  async place({ forMs, ...hold }: NewHold): Promise<void> {
    const sinceMs = Date.now();
    const untilMs = forMs === undefined ? undefined : sinceMs + forMs;
    const others = this.#others(hold.scope, hold.cause);
    this.#book.set([...others, { ...hold, sinceMs, ...(untilMs !== undefined && { untilMs }) }]);
  }

  async lift(scope: HoldScope, cause: HoldCause): Promise<boolean> {
    const [others, before] = [this.#others(scope, cause), this.current.length];
    this.#book.set(others);
    return others.length < before;
  }

  isHeld(work: WorkParts): boolean {
    return this.#book.isHeld(work);
  }

  lifted(work: WorkParts, signal: AbortSignal): Promise<void> {
    return this.#book.lifted(work, signal);
  }

  withhold(scope: HoldScope, forMs: number): () => void {
    return this.#book.withhold(scope, forMs);
  }

  listen(listener: () => void): () => void {
    return this.#book.listen(listener);
  }

  close(): void {
    this.#book.close();
  }

  #others(scope: HoldScope, cause: HoldCause): Hold[] {
    const name = scopeName(scope);
    return this.current.filter((hold) => hold.cause !== cause || scopeName(hold.scope) !== name);
  }
}
