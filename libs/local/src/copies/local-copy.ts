import {
  type CopyOrder,
  copyIdentity,
  copyJobId,
  type LaneParts,
  laneName,
  lanePartsOf,
  type Rank,
  steadyNowMs,
} from '@regfleet/fleet';
import type { SeenTarget } from '@regfleet/model';

/** A copy that a run asks for. */
export interface AskedCopy {
  readonly runId: string;
  /** The same for the same copy in every run. */
  readonly name: string;
  readonly order: CopyOrder;
  /** In its run, 1 = first. */
  readonly position: number;
  readonly rank: Rank;
}

/** One that is settled by the job of another. */
export type Follower = Pick<AskedCopy, 'runId' | 'name'>;

/** `behind`: another for its target comes first. `delayed`: it waits for another try. */
export type CopyState = 'behind' | 'waiting' | 'delayed' | 'active' | 'gone';

/** A job. */
export class LocalCopy {
  readonly asked: AskedCopy;
  readonly jobId: string;
  /** A target reference and platform. */
  readonly identity: string;
  readonly lane: string;
  readonly parts: LaneParts;
  /** By `steadyNowMs`. */
  readonly queuedAtMs = steadyNowMs();
  /** Who asked for the same while it waited. */
  followers: Follower[] = [];
  state: CopyState = 'waiting';
  /** Of those of its lane that are not urgent; absent: it has not waited yet. */
  turn: number | undefined;
  /** 1 on the first try. */
  attempt = 1;
  /** Since when nobody could take it, by `steadyNowMs`. */
  handedBackAtMs: number | undefined;
  /** Since when something makes it wait, in the same way. */
  deferredAtMs: number | undefined;
  seenTarget: SeenTarget | undefined;
  /** Ends the wait for another try. */
  wake: AbortController | undefined;
  /** Aborts the try that is under way. */
  cancel: (() => void) | undefined;

  constructor(asked: AskedCopy) {
    const { request, seenTarget } = asked.order;
    this.asked = asked;
    this.jobId = copyJobId(asked.runId, asked.name);
    this.identity = copyIdentity(request);
    this.parts = lanePartsOf(request);
    this.lane = laneName(this.parts);
    this.seenTarget = seenTarget;
  }

  /** Its own run, and those that share its outcome. */
  get all(): readonly Follower[] {
    return [this.asked, ...this.followers];
  }
}
