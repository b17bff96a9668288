import { requestLocation, type SyncConfig, type Task } from '@regfleet/config';
import type { RateLimitPauses, RunTally } from '@regfleet/fleet';
import { withAttempts } from '@regfleet/fleet';
import {
  type CopyProgress,
  type CopyRequest,
  type CopyResult,
  formatReference,
  type Logger,
  type RelayName,
  type SyncError,
  toSyncError,
} from '@regfleet/model';
import type { DriftRecords } from '@regfleet/planner';
import type { Registries } from '@regfleet/registry';
import { copyImage, type Relay, type SeenTarget } from '@regfleet/relay';
import type { Slots } from './slots.ts';

// Images that wait for another try leave their slots to others, but not without bound: their registry may be down.
const MOST_WAITING = 100;

export interface CopyEvents {
  onBytes(request: CopyRequest, progress: CopyProgress): void;
  onImage(request: CopyRequest, end: { result: CopyResult } | { error: SyncError }): void;
  /** @param what - an image, or what else is tried again. */
  onRetry(what: string, error: SyncError, delayMs: number): void;
}

export interface CopyDeps {
  readonly config: SyncConfig;
  readonly registries: Registries;
  readonly relays: ReadonlyMap<RelayName, Relay>;
  readonly records: DriftRecords;
  /** Shared by all tasks: how many images are copied at once. */
  readonly slots: Slots;
  /** Shared by all tasks. */
  readonly pauses: RateLimitPauses;
  readonly logger: Logger;
  readonly events: CopyEvents;
}

interface DueCopy {
  readonly request: CopyRequest;
  readonly seenTarget: SeenTarget | undefined;
}

/** What a pass over a task copies. */
export class Copies {
  readonly #task: Task;
  readonly #tally: RunTally;
  readonly #deps: CopyDeps;
  readonly #signal: AbortSignal;
  readonly #underWay = new Set<Promise<void>>();

  constructor(task: Task, tally: RunTally, context: { deps: CopyDeps; signal: AbortSignal }) {
    this.#task = task;
    this.#tally = tally;
    this.#deps = context.deps;
    this.#signal = context.signal;
  }

  /**
   * Resolves once the copy has begun, so that a task never asks for more than one slot at a time. Never rejects.
   *
   * @param seenTarget - what the comparison has just seen; absent: nothing that a copy could rely on.
   */
  async start(request: CopyRequest, seenTarget?: SeenTarget): Promise<void> {
    const most = this.#deps.slots.count + MOST_WAITING;
    while (this.#underWay.size >= most) await Promise.race(this.#underWay);
    const begun = Promise.withResolvers<void>();
    const copy = this.#copy({ request, seenTarget }, begun.resolve).finally(() => {
      this.#underWay.delete(copy);
      begun.resolve();
    });
    this.#underWay.add(copy);
    await begun.promise;
  }

  /** Resolves when every copy that was started has ended. */
  async ended(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  async #copy(due: DueCopy, onBegun: () => void): Promise<void> {
    const { request } = due;
    const { events } = this.#deps;
    try {
      const result = await this.#withAttempts(due, onBegun);
      this.#tally.add(result.outcome);
      events.onImage(request, { result });
    } catch (failure) {
      if (this.#signal.aborted) {
        this.#tally.cancel();
        return;
      }
      const error = toSyncError(failure);
      this.#tally.add('failed');
      this.#tally.fail(error);
      events.onImage(request, { error });
    }
  }

  #withAttempts({ request, seenTarget }: DueCopy, onBegun: () => void): Promise<CopyResult> {
    const { config, slots, pauses, events } = this.#deps;
    const signal = this.#signal;
    const source = requestLocation(config, request, 'source');
    const target = requestLocation(config, request, 'target');
    const { registry } = request.source;
    const options = {
      kind: 'copy',
      sides: { source: registry, target: request.target.registry },
      pauses,
      retries: this.#task.retries,
      signal,
      onRetry: (error: SyncError, delayMs: number) =>
        events.onRetry(formatReference(request.source), error, delayMs),
      enter: () => slots.take({ registry, limit: source.maxConcurrency }, signal),
    } as const;
    const how = {
      source,
      target,
      verbose: this.#task.verbose,
      signal,
      onProgress: (progress: CopyProgress) => events.onBytes(request, progress),
    };
    // A try that failed may have changed what is there.
    let seen = seenTarget;
    return withAttempts(options, () => {
      onBegun();
      const copying = copyImage(request, { ...how, seenTarget: seen }, this.#deps);
      seen = undefined;
      return copying;
    });
  }
}
