import type { Hold, LaneJob, SeenOutage } from '@regfleet/fleet';
import type { AnchorKind, CopyRequest, Digest, RelayName, SerialisedSyncError } from '@regfleet/model';
import type { DriftState } from '@regfleet/planner';

/** The last copy of an image, as its sync record has it. */
export interface LastCopy {
  /** Epoch milliseconds. */
  readonly syncedAtMs: number;
  readonly relay: RelayName;
  readonly sourceDigest: Digest;
  readonly targetDigest: Digest;
}

/** What there is to say of an image that one mapping chooses or leaves out. */
export interface ImageAnswer {
  readonly mapping: string;
  readonly source: string;
  readonly target: string;
  readonly state: DriftState | 'left-out';
  /** Why it is in or out. */
  readonly reason: string;
  readonly warning?: string;
  readonly sourceDigest?: Digest;
  /** Why its state is `unknown`. */
  readonly error?: SerialisedSyncError;
  /** Of one that is chosen. */
  readonly request?: CopyRequest;
  /** Absent: none is known. */
  readonly lastCopy?: LastCopy;
  /** Its copies that wait, are under way or failed for good. */
  readonly jobs?: readonly Omit<LaneJob, 'request'>[];
  /** What keeps it waiting. */
  readonly holds?: readonly Hold[];
  /** Why its registries may keep it waiting, as some have seen who are not all. */
  readonly outages?: readonly SeenOutage[];
}

/** What an anchor holds, by its name. */
interface AnchorAnswer {
  readonly kind: AnchorKind;
  /** The tag that it holds something for; of a long one its beginning and a hash. */
  readonly of: string;
  /** Epoch milliseconds. */
  readonly atMs: number;
  /** The first digits of the digest. */
  readonly digits: string;
}

/** What one task has to do with the image. */
export interface TaskAnswer {
  readonly task: string;
  readonly images: readonly ImageAnswer[];
  /** The mappings that have its repository. */
  readonly repositories: readonly string[];
  readonly errors: readonly SerialisedSyncError[];
}

export interface WhyAnswer {
  readonly reference: string;
  /** Of a tag that is an anchor; absent: it is none. */
  readonly anchor?: AnchorAnswer;
  /** Those that have its repository, at the source or at the target. */
  readonly tasks: readonly TaskAnswer[];
}
