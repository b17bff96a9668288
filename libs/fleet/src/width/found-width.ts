import { steadyNowMs } from '../waits/sleep.ts';
import type { CopyWidth } from './copy-width.ts';

export interface FoundWidthOptions {
  /** Where it begins, and what it never goes below. */
  readonly least: number;
  readonly most: number;
  /** The share of its time that the process was busy since it was asked last, from 0 to 1. */
  utilization(): number;
  /** Milliseconds of a clock that never goes back; default `steadyNowMs`. */
  readonly now?: () => number;
}

const GROWTH = 1.5;
// What a try has to bring, or it goes back: measurements vary by some percent.
const WORTH = 1.1;
// A process that is as busy does nothing more by doing more at once.
const BUSY = 0.85;
// Long enough for some round trips to the other end of the world.
const WINDOW_MS = 250;
// Answers of a window for each copy that may run: fewer say nothing of a rate.
const ANSWERS_PER_COPY = 2;
// A window that is not full by then was of little work.
const STALE_MS = 10_000;
// What a try has not brought now it may bring later.
const REST_MS = 30_000;
const REST_AFTER_REFUSAL_MS = 60_000;

interface Trial {
  readonly width: number;
  /** Answers a second at that width. */
  readonly rate: number;
}

/**
 * As many copies at once as make it faster: half as many again are tried while all places are taken and the process is not busy, and
 * kept where a tenth more answers come in a second. So a distant registry gets many, one nearby, or one that answers no faster
 * however it is asked, few. Where a registry refuses what comes too fast there are half as many.
 *
 * Few answers say nothing, so large blobs, of which one answer brings much, widen nothing.
 */
export class FoundWidth implements CopyWidth {
  readonly #options: FoundWidthOptions;
  readonly #now: () => number;
  readonly #listeners: (() => void)[] = [];
  #current: number;
  #running = 0;
  #answers = 0;
  #sinceMs: number;
  /** No longer so at some time of the window. */
  #isFull = false;
  #hasWaited = false;
  /** What a wider one is compared with; absent: none is being tried. */
  #trial: Trial | undefined;
  #restsUntilMs = 0;

  constructor(options: FoundWidthOptions) {
    this.#options = options;
    this.#now = options.now ?? steadyNowMs;
    this.#current = options.least;
    this.#sinceMs = this.#now();
  }

  get current(): number {
    return this.#current;
  }

  listen(onChange: () => void): void {
    this.#listeners.push(onChange);
  }

  note(running: number): void {
    this.#running = running;
    // One place is empty between two copies.
    if (running < this.#current - 1) this.#isFull = false;
  }

  /** A request was answered. */
  answered(): void {
    this.#answers += 1;
    const elapsedMs = this.#now() - this.#sinceMs;
    if (elapsedMs >= STALE_MS) this.#begin();
    else if (elapsedMs >= WINDOW_MS && this.#answers >= ANSWERS_PER_COPY * this.#current)
      this.#judge((this.#answers * 1000) / elapsedMs);
  }

  /** A request had to wait for a rate or a pause: more at once would wait as well. */
  waited(): void {
    this.#hasWaited = true;
  }

  /** A registry refused what came too fast. */
  refused(): void {
    this.#trial = undefined;
    const isSettled = this.#now() >= this.#restsUntilMs - REST_AFTER_REFUSAL_MS + STALE_MS;
    // Those that were under way together are refused together.
    if (isSettled) this.#set(Math.floor(this.#current / 2));
    this.#restsUntilMs = this.#now() + REST_AFTER_REFUSAL_MS;
    this.#begin();
  }

  #judge(rate: number): void {
    const utilization = this.#options.utilization();
    const isTold = this.#isFull && !this.#hasWaited;
    this.#begin();
    if (!isTold) return;
    const trial = this.#trial;
    this.#trial = undefined;
    if (trial !== undefined && rate < trial.rate * WORTH) {
      this.#restsUntilMs = this.#now() + REST_MS;
      this.#set(trial.width);
      return;
    }
    if (utilization > BUSY || this.#now() < this.#restsUntilMs) return;
    if (this.#current >= this.#options.most) return;
    this.#trial = { width: this.#current, rate };
    this.#set(Math.ceil(this.#current * GROWTH));
  }

  #begin(): void {
    this.#answers = 0;
    this.#sinceMs = this.#now();
    this.#isFull = this.#running >= this.#current - 1;
    this.#hasWaited = false;
  }

  #set(width: number): void {
    const { least, most } = this.#options;
    this.#current = Math.min(most, Math.max(least, width));
    for (const onChange of this.#listeners) onChange();
    // Places that are new have to be taken first.
    this.#isFull = true;
  }
}
