import {
  Attempt,
  type Consumer,
  EXPANSION_BACKOFF,
  type JobContext,
  judged,
  limitFor,
  type RunConsumerOptions,
  type RunVerdict,
  rankOf,
  steadyNowMs,
} from '@regfleet/fleet';
import type { SyncError } from '@regfleet/model';
import { type Grace, graceful } from '../grace.ts';
import type { Firing, Firings } from './firings.ts';
import type { LocalRuns } from './local-runs.ts';

// As in Redis.
const ATTEMPTS = 5;

/** Takes firings of tasks and has them expanded. */
export class RunConsumer implements Consumer {
  readonly #options: RunConsumerOptions;
  readonly #firings: Firings;
  readonly #runs: LocalRuns;
  readonly #active = new Map<Firing, Attempt>();
  readonly #grace: Grace;
  readonly #wake = (): void => this.#takeAll();
  /** Expansions that wait for a registry, and meanwhile keep no other from being expanded. */
  #idling = 0;
  #isDraining = false;
  lastActivityAtMs = Date.now();

  constructor(firings: Firings, runs: LocalRuns, options: RunConsumerOptions) {
    this.#options = options;
    this.#firings = firings;
    this.#runs = runs;
    this.#grace = graceful({
      stop: () => {
        this.#isDraining = true;
        firings.detach(this.#wake);
      },
      attempts: () => [...this.#active.values()],
      abandon: () => {
        for (const firing of this.#active.keys()) this.#leave(firing, () => firings.cut(firing));
      },
    });
    firings.attach(this.#wake);
    this.#takeAll();
  }

  /** Resolves when it has been drained. */
  get ended(): Promise<void> {
    return this.#grace.ended;
  }

  get activeCount(): number {
    return this.#active.size;
  }

  drain(): Promise<void> {
    return this.#grace.end(this.#options.graceMs);
  }

  /** As `drain` without a grace period. */
  stop(): Promise<void> {
    return this.#grace.end(0);
  }

  /** Aborts the expansion of a run. */
  cancel(runId: string): void {
    for (const [firing, attempt] of this.#active) if (firing.runId === runId) attempt.abort('cancelled');
  }

  #takeAll(): void {
    while (!this.#isDraining && this.#hasPlace()) {
      const firing = this.#firings.take();
      if (firing === undefined) return;
      void this.#expand(firing);
    }
  }

  #hasPlace(): boolean {
    const rank = rankOf(this.#firings.first?.trigger ?? 'schedule', 1);
    return this.#active.size < limitFor(rank, this.#options.concurrency + this.#idling);
  }

  async #expand(firing: Firing): Promise<void> {
    const attempt = new Attempt();
    this.#active.set(firing, attempt);
    this.lastActivityAtMs = Date.now();
    const { runId, task, trigger } = firing;
    const context = this.#contextOf(firing, attempt);
    const judging = await judged(context, () => this.#options.process({ runId, task, trigger }, context));
    const verdict = judging.verdict === 'done' ? judging.result : judging;
    this.#leave(firing, () => this.#carryOut(firing, verdict));
  }

  /** Once only: what is abandoned may still come to an end. */
  #leave(firing: Firing, then: () => void): void {
    if (!this.#active.delete(firing)) return;
    this.lastActivityAtMs = Date.now();
    then();
    this.#grace.look();
    this.#takeAll();
  }

  #contextOf(firing: Firing, attempt: Attempt): JobContext {
    return {
      get facts() {
        const ageMs = steadyNowMs() - firing.queuedAtMs;
        return { ...EXPANSION_BACKOFF, attempts: ATTEMPTS, attempt: firing.attempt, ageMs, handedBackMs: 0 };
      },
      signal: attempt.signal,
      get aborted() {
        return attempt.reason;
      },
      idle: (wait) => this.#idle(wait),
    };
  }

  async #idle<Result>(wait: () => Promise<Result>): Promise<Result> {
    this.#idling += 1;
    this.#takeAll();
    try {
      return await wait();
    } finally {
      this.#idling -= 1;
    }
  }

  #carryOut(firing: Firing, verdict: RunVerdict): void {
    const firings = this.#firings;
    switch (verdict.verdict) {
      case 'retry':
        firing.attempt += 1;
        void firings.again(firing, verdict.delayMs);
        break;
      case 'defer':
        if (verdict.cause === 'abort') firings.cut(firing);
        else void firings.again(firing, verdict.delayMs);
        break;
      // Runs have no lane of their registry: a limit would keep the expansions of all tasks.
      case 'pause-source':
        void firings.again(firing, verdict.delayMs);
        break;
      case 'fail':
        this.#fail(firing, verdict.error);
        firings.end(firing);
        break;
      default:
        firings.end(firing);
    }
  }

  /** A firing that never got as far as a claim is recorded too, so that whoever waits for it hears of its end. */
  #fail(firing: Firing, error: SyncError): void {
    const { runId, task, trigger } = firing;
    this.#runs.fail({ runId, task, trigger }, error);
  }
}
