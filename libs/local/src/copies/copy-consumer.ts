import {
  Attempt,
  type CopyConsumer,
  type CopyConsumerOptions,
  type CopyJob,
  type CopyWidth,
  type Holds,
  HoldWatch,
  type JobContext,
  judged,
  type LaneParts,
  type RateLimitPauses,
  type Room,
  Slots,
  steadyNowMs,
  tellVerdict,
  widthOf,
} from '@regfleet/fleet';
import type { Logger, RelayName } from '@regfleet/model';
import { type Grace, graceful } from '../grace.ts';
import { carryOut, sidesOf } from './carry-out.ts';
import type { CopyQueue, CopyTaker } from './copy-queue.ts';
import { LanePumps } from './lane-pumps.ts';
import type { LocalCopy } from './local-copy.ts';
import type { PermitPools } from './local-permits.ts';

// What was seen of a target ages while its registry is left alone, which may be for hours.
const SEEN_MS = 60_000;

export interface CopyParts {
  readonly copies: CopyQueue;
  readonly pools: PermitPools;
  readonly pauses: RateLimitPauses;
  readonly holds: Holds;
  readonly logger: Logger;
}

/** Takes copies from the lanes of its relays. */
export class LocalCopyConsumer implements CopyConsumer, CopyTaker {
  readonly #width: CopyWidth;
  readonly #options: CopyConsumerOptions;
  readonly #parts: CopyParts;
  readonly #relays: Set<RelayName>;
  readonly #active = new Map<LocalCopy, Attempt>();
  readonly #pumps: LanePumps;
  readonly #grace: Grace;
  readonly #holdWatch: HoldWatch;
  lastActivityAtMs = Date.now();

  constructor(parts: CopyParts, options: CopyConsumerOptions) {
    const { copies, pauses, pools, holds } = parts;
    this.#width = widthOf(options.concurrency);
    this.#options = options;
    this.#parts = parts;
    this.#relays = new Set(options.relays);
    this.#pumps = new LanePumps({
      copies,
      permits: pools.view(),
      holds,
      slots: new Slots(this.#width, () => undefined),
      limitsOf: (lane) => options.limitsOf?.(lane) ?? {},
      mayTake: (lane) => this.#mayTake(lane),
      arePausesOver: (lane) => pauses.areOver(sidesOf(lane)),
      pausesOver: (lane, signal) => pauses.over(sidesOf(lane), signal),
      begin: (copy, room) => void this.#copy(copy, room),
    });
    this.#holdWatch = new HoldWatch(holds, options.holdGraceMs);
    const unlisten = holds.listen(() => this.#lookAtAll());
    this.#grace = graceful({
      stop: () => {
        unlisten();
        this.#holdWatch.stop();
        this.#pumps.stop();
        copies.detach(this);
      },
      attempts: () => [...this.#active.values()],
      abandon: () => {
        for (const copy of this.#active.keys())
          this.#leave(copy, () => copies.end(copy, { outcome: 'interrupted' }));
      },
    });
    copies.attach(this);
    this.look();
  }

  /** Resolves when it has been drained. */
  get ended(): Promise<void> {
    return this.#grace.ended;
  }

  get concurrency(): number {
    return this.#width.current;
  }

  get activeCount(): number {
    return this.#active.size;
  }

  serve(relay: RelayName): void {
    this.#relays.add(relay);
    this.look();
  }

  look(): void {
    this.#pumps.restart();
    this.#lookAtAll();
  }

  laneChanged(lane: string, parts: LaneParts): void {
    this.#pumps.look(lane, parts);
  }

  drain(): Promise<void> {
    return this.#grace.end(this.#options.graceMs);
  }

  /** As `drain` without a grace period. */
  stop(): Promise<void> {
    return this.#grace.end(0);
  }

  /** One that is not served gives one copy at a time: what was queued before its registry left the config has to come to an end. */
  #mayTake(lane: LaneParts): boolean {
    if (!this.#relays.has(lane.relay)) return false;
    if (this.#options.servesLane(lane)) return true;
    return ![...this.#active.keys()].some(({ parts }) => !this.#options.servesLane(parts));
  }

  async #copy(copy: LocalCopy, room: Room): Promise<void> {
    const attempt = new Attempt();
    this.#active.set(copy, attempt);
    copy.cancel = () => attempt.abort('cancelled');
    this.lastActivityAtMs = Date.now();
    const beganAtMs = steadyNowMs();
    const context = contextOf(copy, attempt);
    const job = describe(copy);
    // A try that failed may have changed what is there.
    copy.seenTarget = undefined;
    const unwatch = this.#holdWatch.add({ ...copy.parts, task: job.request.task }, attempt);
    const judging = await judged(context, () => this.#options.process(job, context));
    unwatch();
    room.leave();
    const verdict = judging.verdict === 'done' ? judging.result : judging;
    this.#leave(copy, () => {
      const { copies, pauses, logger } = this.#parts;
      const stands = carryOut(copy, verdict, { copies, pauses, beganAtMs });
      tellVerdict(job, stands, steadyNowMs() - beganAtMs, { ...this.#options, logger });
    });
  }

  /** Once only: what is abandoned may still come to an end. */
  #leave(copy: LocalCopy, then: () => void): void {
    if (!this.#active.delete(copy)) return;
    this.lastActivityAtMs = Date.now();
    then();
    this.#grace.look();
    this.#lookAtAll();
  }

  #lookAtAll(): void {
    for (const { lane, parts } of this.#parts.copies.lanes()) this.#pumps.look(lane, parts);
  }
}

function describe(copy: LocalCopy): CopyJob {
  const { jobId, lane, attempt, asked, queuedAtMs } = copy;
  const seenAtMs = copy.seenTarget?.atMs ?? queuedAtMs;
  const seenTarget = steadyNowMs() - seenAtMs < SEEN_MS ? copy.seenTarget : undefined;
  const { request } = asked.order;
  return {
    jobId,
    runId: asked.runId,
    lane,
    request,
    attempt,
    ...(seenTarget !== undefined && { seenTarget }),
  };
}

function contextOf(copy: LocalCopy, attempt: Attempt): JobContext {
  const { attempts, backoffMs, maxBackoffMs } = copy.asked.order;
  return {
    get facts() {
      const nowMs = steadyNowMs();
      const ageMs = nowMs - copy.queuedAtMs;
      const handedBackMs = nowMs - (copy.handedBackAtMs ?? nowMs);
      const deferredMs = nowMs - (copy.deferredAtMs ?? nowMs);
      return { attempt: copy.attempt, attempts, ageMs, deferredMs, handedBackMs, backoffMs, maxBackoffMs };
    },
    signal: attempt.signal,
    get aborted() {
      return attempt.reason;
    },
  };
}
