import { setImmediate } from 'node:timers/promises';
import type { FleetStore, RunRecord } from '@regfleet/fleet';

export interface NextRun {
  readonly task: string;
  /** Epoch milliseconds. */
  readonly atMs: number;
}

/** Whoever is told how runs go on. */
export interface RunEvents {
  onChange(run: RunRecord): void;
  onEnd(run: RunRecord): void;
  /** Nothing runs, and this is what runs next, of several at once the first one. */
  onIdle(next: NextRun): void;
}

/** The runs of a fleet of this process, each from when it begins until it has ended, and the last one of each task. */
export class FollowedRuns {
  readonly last = new Map<string, RunRecord>();
  readonly #fleet: Pick<FleetStore, 'runs' | 'schedules'>;
  readonly #events: RunEvents;
  readonly #underWay = new Set<Promise<void>>();
  /** Tasks that run again. */
  #expected: readonly string[] = [];
  /** How often it was asked what runs next. */
  #asked = 0;

  constructor(fleet: Pick<FleetStore, 'runs' | 'schedules'>, events: RunEvents) {
    this.#fleet = fleet;
    this.#events = events;
  }

  /** From now on it is told what runs next of these. */
  expect(tasks: readonly string[]): void {
    this.#expected = tasks;
  }

  follow(task: string, runId: string): void {
    const { onChange, onEnd } = this.#events;
    const following = this.#fleet.runs
      .wait(runId, { onChange })
      .then((run) => {
        this.last.set(task, run);
        onEnd(run);
      })
      .finally(() => {
        this.#underWay.delete(following);
        void this.tellNext();
      });
    this.#underWay.add(following);
  }

  /** To be called where a firing led to nothing, too. */
  async tellNext(): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    const queued = await this.#fleet.runs.queued();
    const times = await this.#fleet.schedules.times(this.#expected);
    // Of several that end at once the last one tells.
    if (asked !== this.#asked || this.#isBusy(queued)) return;
    const due = times.flatMap(({ task, nextAtMs }) =>
      nextAtMs === undefined ? [] : [{ task, atMs: nextAtMs }],
    );
    const [first, ...others] = due;
    if (first === undefined) return;
    this.#events.onIdle(others.reduce((next, other) => (other.atMs < next.atMs ? other : next), first));
  }

  /** Resolves when none is under way. */
  async ended(): Promise<void> {
    this.#expected = [];
    for (;;) {
      if (this.#underWay.size > 0) await Promise.race(this.#underWay);
      else if ((await this.#fleet.runs.queued()).length > 0) await setImmediate();
      else return;
    }
  }

  #isBusy(queued: readonly unknown[]): boolean {
    return (
      queued.length > 0 || this.#underWay.size > 0 || this.#expected.some((task) => !this.last.has(task))
    );
  }
}
