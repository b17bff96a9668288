import type { TargetTask } from '@regfleet/config';
import type {
  CopyRequest,
  Digest,
  Location,
  ManifestHead,
  Platform,
  Reference,
  SyncError,
  SyncRecord,
} from '@regfleet/model';
import type { RegistryClient, RepositoryLister } from '@regfleet/registry';

/** What planning needs of the outside; only `apps` construct it. */
export interface PlanPorts {
  client(location: Location): RegistryClient;
  /** Called only for tasks that choose repositories by regex, with the task's source. */
  lister(location: Location): RepositoryLister;
  records: DriftRecords;
}

/** What is remembered between runs. Losing it costs requests, never correctness. */
export interface DriftRecords {
  get(key: { target: string; platform: string }): Promise<SyncRecord | undefined>;
  set(key: { target: string; platform: string }, record: SyncRecord): Promise<void>;
}

export interface PlanOptions {
  readonly signal?: AbortSignal | undefined;
  /**
   * True: the images go to copies, which find out by themselves what the source has of one that the target is known to lack.
   * Absent: each source is asked.
   */
  readonly isForCopies?: boolean;
  /** How many images are compared at once; the registries' own limits hold besides. */
  readonly concurrency?: number;
  /** Which images are compared and told, of those chosen and of those left out; absent: all. */
  readonly concerns?: (image: ConcernedImage) => boolean;
}

/**
 * How the target differs from what it should hold.
 *
 * `unknown`: it could not be told; the copy will find out and report what stands in its way.
 */
export type DriftState = 'missing' | 'stale' | 'in-sync' | 'unknown';

export interface Drift {
  readonly state: DriftState;
  /** Absent where the source did not tell, or was not asked. */
  readonly sourceDigest?: Digest;
  /** What the source answered when it was copied last, where that was something else; absent: that, or nobody knows. */
  readonly movedFrom?: Digest;
  /** What a `stale` target answered. */
  readonly target?: ManifestHead;
  /** True: the target's repository has no tag at all. */
  readonly isNewRepository?: boolean;
  /** True: told by the sync record alone, since the tag is immutable; neither registry was asked. */
  readonly isRemembered?: boolean;
  /** Set where the source is an index and no platform is asked for: the one that is compared and copied. */
  readonly pickedPlatform?: Platform;
  /** Why it is `unknown`. */
  readonly error?: SyncError;
  /** Why it is `stale` though the target has the image. */
  readonly why?: string;
}

/** An image as its mapping sees it, chosen or not. */
export interface ConcernedImage {
  /** Its path. */
  readonly mapping: string;
  readonly pair: RepositoryPair;
  /** As the filter yields it: `name`, `sha256:hex` or `name@sha256:hex`. */
  readonly tag: string;
}

/** A repository of the source and where its images go. */
export interface RepositoryPair {
  readonly source: { readonly registry: string; readonly repository: string };
  readonly target: { readonly registry: string; readonly repository: string };
}

/** A tag of the source, and what it named when it was copied last. */
export interface MovedTag {
  readonly source: Reference;
  readonly was: Digest;
}

/** One thing that planning found out, in the order it was found. */
export type PlanEntry =
  | {
      readonly kind: 'repository';
      readonly mapping: string;
      readonly pair: RepositoryPair;
      /** How many tags the source listed; 0 where the filter needs no listing. */
      readonly listed: number;
      /** Tags that the filter chose, those included that are left out for another reason. */
      readonly selected: number;
      /** How many of its tags stand for what belongs to images, though nobody asks that it goes with them; absent: none. */
      readonly belongings?: number;
      /** True: the source has tags, and the filter chose none of them; `warning` says so. */
      readonly isEmpty?: boolean;
      /** What an operator may not expect of this repository. */
      readonly warning?: string;
    }
  | {
      readonly kind: 'image';
      readonly mapping: string;
      readonly request: CopyRequest;
      /** Why the tag is in. */
      readonly reason: string;
      /** What an operator may not expect of this image. */
      readonly warning?: string;
      readonly drift: Drift;
      /** When the drift was found, by `steadyNowMs`. */
      readonly comparedAtMs: number;
    }
  | {
      readonly kind: 'dropped';
      readonly mapping: string;
      readonly pair: RepositoryPair;
      readonly tag: string;
      /** Why the tag is out. */
      readonly reason: string;
      /** Where it is out since it differs from the target's, and names another image than it did. */
      readonly moved?: MovedTag;
    }
  | {
      readonly kind: 'warning';
      readonly mapping: string;
      /** True: no repository fits the mapping, and `message` says so. */
      readonly isEmpty?: boolean;
      /** What an operator may not expect of the mapping. */
      readonly message: string;
    }
  | {
      readonly kind: 'failure';
      readonly mapping: string;
      readonly error: SyncError;
      /** Of which repository; absent: of the list of repositories, or of the mapping as a whole. */
      readonly pair?: RepositoryPair;
      /** Of which tag of the repository that was told last; absent: of none. */
      readonly tag?: string;
      /** Where that names another image than it did. */
      readonly moved?: MovedTag;
    };

/** The part of a task that planning reads, for one of its targets. */
export type PlannedTask = Pick<TargetTask, 'id' | 'relay' | 'source' | 'target' | 'mappings'>;
