import { unlessAborted } from '@regfleet/model';
import { type Hold, holdsBack, type WorkParts } from './holds.ts';

// What a timer of Node can wait: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The holds that a process knows of; those that end by themselves do so here. */
export class HoldBook {
  #holds: readonly Hold[] = [];
  readonly #own = new Set<Hold['scope']>();
  readonly #listeners = new Set<() => void>();
  #end: NodeJS.Timeout | undefined;

  get current(): readonly Hold[] {
    if (this.#holds.length === 0) return this.#holds;
    const nowMs = Date.now();
    return this.#holds.filter(({ untilMs }) => untilMs === undefined || untilMs > nowMs);
  }

  set(holds: readonly Hold[]): void {
    const before = JSON.stringify(this.#holds);
    this.#holds = holds;
    this.#waitForEnd();
    if (JSON.stringify(holds) !== before) this.#tell();
  }

  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  isHeld(work: WorkParts): boolean {
    if (this.#holds.length > 0 && this.current.some((hold) => holdsBack(hold, work))) return true;
    for (const scope of this.#own) if (holdsBack({ scope }, work)) return true;
    return false;
  }

  /** As `Holds` says it. */
  withhold(kept: Hold['scope'], forMs: number): () => void {
    const scope = { ...kept };
    this.#own.add(scope);
    this.#tell();
    const release = (): void => {
      clearTimeout(timer);
      if (this.#own.delete(scope)) this.#tell();
    };
    const timer = setTimeout(release, Math.min(forMs, LONGEST_TIMER_MS)).unref();
    return release;
  }

  /** @throws the signal's reason. */
  async lifted(work: WorkParts, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!this.isHeld(work)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const unlisten = this.listen(() => {
      if (!this.isHeld(work)) resolve();
    });
    try {
      await unlessAborted(promise, signal);
    } finally {
      unlisten();
    }
  }

  close(): void {
    clearTimeout(this.#end);
    this.#listeners.clear();
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  #waitForEnd(): void {
    clearTimeout(this.#end);
    const ends = this.#holds.flatMap(({ untilMs }) => untilMs ?? []);
    if (ends.length === 0) return;
    const waitMs = Math.min(Math.max(0, Math.min(...ends) - Date.now()) + 1, LONGEST_TIMER_MS);
    this.#end = setTimeout(() => {
      this.#holds = this.current;
      this.#tell();
      this.#waitForEnd();
    }, waitMs).unref();
  }
}
