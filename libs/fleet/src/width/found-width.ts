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

const GROWTH = 2;
// A step that ends so near to the most goes all the way: what it brings has to stand out.
const NEARLY = 0.8;
// What a wider one has to bring.
const WORTH = 1.1;
// By how many standard deviations it has to stand out from chance: answers come as they like.
const CERTAIN = 1.5;
// A process that is as busy does nothing more by doing more at once.
const BUSY = 0.7;
// Long enough for some round trips to the other end of the world.
const WINDOW_MS = 100;
// Answers for each copy that may run: the fewest that are looked at, those that tell a rate, and the most that a try is given.
const ANSWERS = { least: 2, enough: 6, most: 10 };
// A window that is not full by then was of little work.
const STALE_MS = 30_000;
// What a try has not brought now it may bring later.
const REST_MS = 30_000;
const REST_AFTER_REFUSAL_MS = 60_000;
// How often fewer are tried: what was worth its while then may not be now, and chance may have spoken for it.
const NARROWER_EVERY_MS = 60_000;
// Those that were under way together are refused together.
const REFUSED_TOGETHER_MS = 10_000;

/** How many answers came, and how many a second. */
interface Pace {
  readonly answers: number;
  readonly rate: number;
}

/** True: it is faster by so much that it is not by chance, where answers come independently of each other. */
function isWorth(pace: Pace, before: Pace): boolean {
  const deviation = Math.sqrt(before.rate ** 2 / before.answers + pace.rate ** 2 / pace.answers);
  return pace.rate >= before.rate * WORTH && pace.rate - before.rate >= CERTAIN * deviation;
}

interface Trial {
  /** What it goes back to. */
  readonly width: number;
  /** At that width. */
  readonly pace: Pace;
}

/**
 * As many copies at once as make it faster: twice as many are tried while all places are taken and the process is not busy, and
 * kept where a tenth more answers come in a second, and not by chance; now and then fewer are tried, and kept where as many come. So
 * a distant registry gets many, one nearby, or one that answers no faster however it is asked, few. Where a registry refuses what
 * comes too fast there are half as many, and again half as long as it goes on.
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
  #narrowerAtMs: number;
  #halvedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: FoundWidthOptions) {
    this.#options = options;
    this.#now = options.now ?? steadyNowMs;
    this.#current = options.least;
    this.#sinceMs = this.#now();
    this.#narrowerAtMs = this.#sinceMs + NARROWER_EVERY_MS;
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
    if (elapsedMs >= STALE_MS) this.#goBack();
    else if (elapsedMs >= WINDOW_MS && this.#answers >= ANSWERS.least * this.#current) this.#judge(elapsedMs);
  }

  /** A request had to wait for a rate or a pause: more at once would wait as well. */
  waited(): void {
    this.#hasWaited = true;
  }

  /** A registry refused what came too fast. */
  refused(): void {
    const nowMs = this.#now();
    this.#trial = undefined;
    this.#restsUntilMs = nowMs + REST_AFTER_REFUSAL_MS;
    if (nowMs - this.#halvedAtMs >= REFUSED_TOGETHER_MS) {
      this.#halvedAtMs = nowMs;
      this.#set(Math.floor(this.#current / 2));
    }
    this.#begin();
  }

  #judge(elapsedMs: number): void {
    if (!this.#isFull || this.#hasWaited) {
      this.#begin();
      return;
    }
    const pace = { answers: this.#answers, rate: (this.#answers * 1000) / elapsedMs };
    const trial = this.#trial;
    if (trial === undefined) this.#tryAnother(pace);
    else if (trial.width < this.#current) this.#judgeWider(pace, trial.pace);
    else if (this.#isThorough) this.#judgeNarrower(pace, trial.pace);
  }

  /** As many answers as a try is given. */
  get #isThorough(): boolean {
    return this.#answers >= ANSWERS.most * this.#current;
  }

  #tryAnother(pace: Pace): void {
    if (this.#answers < ANSWERS.enough * this.#current) return;
    const { most, least } = this.#options;
    const nowMs = this.#now();
    const isBusy = this.#options.utilization() > BUSY;
    const mayWiden = !isBusy && nowMs >= this.#restsUntilMs && this.#current < most;
    if (mayWiden) this.#try(widerThan(this.#current, most), pace);
    else if (nowMs >= this.#narrowerAtMs && this.#current > least) {
      this.#narrowerAtMs = nowMs + NARROWER_EVERY_MS;
      this.#try(Math.max(least, Math.floor(this.#current / GROWTH)), pace);
    } else this.#begin();
  }

  #try(width: number, pace: Pace): void {
    this.#trial = { width: this.#current, pace };
    this.#begin();
    this.#set(width);
  }

  #judgeWider(pace: Pace, before: Pace): void {
    // What has been counted so far is the beginning of what the next try is compared with.
    if (isWorth(pace, before)) this.#trial = undefined;
    else if (this.#isThorough) this.#goBack();
  }

  #judgeNarrower(pace: Pace, before: Pace): void {
    if (pace.rate < before.rate / WORTH) {
      this.#goBack();
      return;
    }
    this.#trial = undefined;
    this.#restsUntilMs = this.#now() + REST_MS;
  }

  #goBack(): void {
    const trial = this.#trial;
    this.#trial = undefined;
    this.#begin();
    if (trial === undefined) return;
    if (trial.width < this.#current) this.#restsUntilMs = this.#now() + REST_MS;
    this.#set(trial.width);
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

function widerThan(width: number, most: number): number {
  const wider = Math.ceil(width * GROWTH);
  return wider >= most * NEARLY ? most : wider;
}
