import type { Release } from '../slots.ts';
import type { Rank } from '../turns/rank.ts';
import type { WorkKind } from '../waits/rate-limit-pauses.ts';

// A long expansion must not keep all copies of its process waiting for one of them, nor a long copy all expansions.
const OTHER_KIND_MS = 60_000;

/**
 * The jobs that a process works on, and the one that it works on alone, since it may be to blame for crashes.
 *
 * While one is alone or waits for it, none is let in, but for those that an operator waits for while it waits. Jobs of its own kind are waited for as long as they take, those of the other
 * kind for a minute.
 */
export class Solitude {
  readonly #running: Record<WorkKind, number> = { plan: 0, copy: 0 };
  readonly #seekers: object[] = [];
  readonly #otherKindMs: number;
  #isLone = false;
  #changed = Promise.withResolvers<void>();

  constructor(otherKindMs = OTHER_KIND_MS) {
    this.#otherKindMs = otherKindMs;
  }

  /** A job is alone, or waits to be. */
  get #isSought(): boolean {
    return this.#isLone || this.#seekers.length > 0;
  }

  /** Whether a job that comes now has to wait: one that an operator waits for only while another is alone, not while it seeks to be. */
  isClosedTo(rank: Rank): boolean {
    return rank === 'urgent' ? this.#isLone : this.#isSought;
  }

  /** @returns absent while it is closed to the job. */
  join(kind: WorkKind, rank: Rank = 'usual'): Release | undefined {
    if (this.isClosedTo(rank)) return undefined;
    this.#running[kind] += 1;
    return this.#releasing(() => {
      this.#running[kind] -= 1;
    });
  }

  /** Resolves when it is open to the job. @throws the signal's reason. */
  async over(signal: AbortSignal, rank: Rank = 'usual'): Promise<void> {
    while (this.isClosedTo(rank)) await this.#change(signal);
  }

  /** Resolves when there is no other. @throws the signal's reason. */
  async alone(kind: WorkKind, signal: AbortSignal): Promise<Release> {
    const seeker = {};
    const untilMs = performance.now() + this.#otherKindMs;
    const impatience = setTimeout(() => this.#tell(), this.#otherKindMs);
    this.#seekers.push(seeker);
    try {
      while (!this.#isFree(seeker, kind, untilMs)) await this.#change(signal);
      this.#isLone = true;
    } finally {
      clearTimeout(impatience);
      this.#seekers.splice(this.#seekers.indexOf(seeker), 1);
      this.#tell();
    }
    return this.#releasing(() => {
      this.#isLone = false;
    });
  }

  #isFree(seeker: object, kind: WorkKind, untilMs: number): boolean {
    if (this.#isLone || this.#seekers[0] !== seeker || this.#running[kind] > 0) return false;
    const others = this.#running[kind === 'copy' ? 'plan' : 'copy'];
    // A timer may be a little early.
    return others === 0 || performance.now() >= untilMs - 10;
  }

  #releasing(leave: () => void): Release {
    let isThere = true;
    return () => {
      if (!isThere) return;
      isThere = false;
      leave();
      this.#tell();
    };
  }

  #tell(): void {
    const { resolve } = this.#changed;
    this.#changed = Promise.withResolvers<void>();
    resolve();
  }

  async #change(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const aborted = Promise.withResolvers<never>();
    const abort = (): void => aborted.reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    try {
      await Promise.race([this.#changed.promise, aborted.promise]);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }
}
