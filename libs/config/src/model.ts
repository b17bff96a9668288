import type {
  HistoryRule,
  Location,
  OnChange,
  PeerLimits,
  PlatformSelection,
  RedisAccess,
  ReferrerRule,
  RegistryRates,
  RelayName,
  Secret,
  TrailRule,
} from '@regfleet/model';
import type { ConfigIssue } from './issue.ts';
import type { RelaySettings } from './relays/index.ts';
import type { NOTIFY_EVENTS, NOTIFY_FORMATS } from './schema/notify.ts';

/** Everything the operator asked for, checked: the result of reading one config file. */
export interface SyncConfig extends RelaySettings {
  /** The file as named by the caller, for messages. */
  readonly file: string;
  readonly lister: ListerLimits;
  readonly redis?: RedisSettings;
  /** By registry host as written under `registries`; defaults are already merged into the tasks' locations. */
  readonly registries: ReadonlyMap<string, Location>;
  /** By canonical host: what the whole fleet asks of a registry at most. */
  readonly rates: ReadonlyMap<string, RegistryRates>;
  readonly tasks: readonly Task[];
  /** True: reload when the file changes. */
  readonly watch: boolean;
  readonly receivers: readonly Receiver[];
  /** The relay of images that no task names (`regfleet copy`). */
  readonly relay: RelayName;
  readonly retries: RetryPolicy;
  readonly limits: PeerLimits;
  /** How long a registry that worked before may be down until its images fail; absent: it depends on what is done. */
  readonly giveUpAfterMs?: number;
  /** What belongs to images that no task names, and goes with them; absent: nothing. */
  readonly referrers?: ReferrerRule;
}

export type NotifyEvent = (typeof NOTIFY_EVENTS)[number];

/** Who is told when the state of a task changes. */
export interface Receiver {
  /** Unique in the config. */
  readonly name: string;
  readonly url: Secret;
  readonly format: (typeof NOTIFY_FORMATS)[number];
  readonly on: readonly NotifyEvent[];
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, Secret>;
}

export interface ListerLimits {
  /** Stop asking for pages once this many names are known; absent: no limit. Never a truncation. */
  readonly maxItems?: number;
  /** 0: no caching. */
  readonly cacheDurationMs: number;
}

export interface RedisSettings {
  /** May hold a password. */
  readonly url: Secret;
  /** Key prefix without braces; default `regfleet`. */
  readonly prefix: string;
  /** What goes with `url`, and with no other. */
  readonly access: RedisAccess;
}

export interface RetryPolicy {
  /** Tries in all, the first one included. */
  readonly attempts: number;
  /** Upper bound of the wait before the second try; doubles with each further one. */
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
}

export type Schedule = (
  | { readonly kind: 'interval'; readonly everyMs: number }
  | { readonly kind: 'cron'; readonly pattern: string; readonly timezone?: string }
) & {
  /** A firing that fell due while no scheduler ran is left out; absent: one of those that did runs at return. */
  readonly catchUp?: 'none';
};

export interface Task {
  /** Unique in the fleet: the name, or `name#2` for the second task of a name (dregsy allows repeats). */
  readonly id: string;
  readonly name: string;
  /** Absent: one-off, runs once per start. */
  readonly schedule?: Schedule;
  readonly relay: RelayName;
  readonly source: Location;
  /** One at least, no two alike. */
  readonly targets: readonly Location[];
  readonly mappings: readonly Mapping[];
  readonly retries: RetryPolicy;
  /** True: the relay's own output goes to the log at info. */
  readonly verbose: boolean;
  /** Changes whenever anything of the task's definition changes, secrets excluded. */
  readonly fingerprint: string;
}

/** A task as one of its targets has it. */
export interface TargetTask extends Omit<Task, 'targets'> {
  readonly target: Location;
}

export interface Mapping {
  /** Position in the file, `tasks[0].mappings[2]`, for messages. */
  readonly path: string;
  readonly from: RepositoryRule;
  /**
   * Target path of a source repository, without leading slash; slashes collapsed.
   *
   * @param repository - a plain mapping's own `from`, or a name from the lister.
   */
  targetPath(repository: string): string;
  /** How tags are named at the target; absent: as at the source. */
  readonly targetTag?: TargetTag;
  readonly tags: TagFilter;
  /** Fewer selected tags of a repository are a failure, and so is no repository at all; absent: no number is too small. */
  readonly minTags?: number;
  /** Tags that never name another image once they exist; absent: none. */
  readonly immutable?: TagPatterns;
  readonly platform?: PlatformSelection;
  /** What becomes of a tag that the target has with another content; absent: it is overwritten. */
  readonly onChange?: OnChange;
  /** What stays of a tag of the target when it is overwritten; absent: nothing. */
  readonly history?: HistoryRule;
  /** By how much tags of the target are behind those of the source on purpose; absent: not at all. */
  readonly trail?: TrailRule;
  /** What belongs to an image and goes with it; absent: nothing. */
  readonly referrers?: ReferrerRule;
}

/** What `to` says about tags. */
export interface TargetTag {
  /** True: the digest is a part of the name. */
  readonly needsDigest: boolean;
  /** True: so is the tag. */
  readonly needsTag: boolean;
  /** True: no two tags of a repository get the same name, whatever they are. */
  readonly keepsApart: boolean;
  /**
   * The name of an image at the target, which may be none that a tag can have; absent where it needs what the image does not have.
   *
   * @param image.repository - as references name it.
   * @param image.tag - as the filter yields it.
   */
  nameOf(image: {
    readonly repository: string;
    readonly tag?: string | undefined;
    readonly digest?: string | undefined;
  }): string | undefined;
}

/** A mapping's `immutable` list, parsed. */
export interface TagPatterns {
  /** The first pattern, as written, that a tag (or the digest of an image without one) matches; absent: none does. */
  match(tag: string): string | undefined;
}

export type RepositoryRule =
  | {
      readonly kind: 'plain';
      /** Without leading slash. */
      readonly repository: string;
    }
  | {
      readonly kind: 'regex';
      readonly pattern: string;
      /** @param name - raw name from the lister. */
      matches(name: string): boolean;
    };

/** Why a tag is in or out of what a filter selects. */
export interface TagDecision {
  /** As the filter yields it: `name`, `sha256:hex` or `name@sha256:hex`. */
  readonly tag: string;
  readonly selected: boolean;
  /** One phrase, e.g. `matches semver: >=1.31.0`, `not among the latest 5`. */
  readonly reason: string;
}

/** A mapping's `tags` list, parsed. */
export interface TagFilter {
  /** As written in the file, for messages. */
  readonly entries: readonly string[];
  /** False: only verbatim tags, the source's tags need not be listed. */
  readonly needsListing: boolean;
  /** Selected tags, ascending by bytes, without repeats. */
  select(available: readonly string[]): string[];
  /**
   * The same with reasons, dropped tags included: selected ones first in the order of `select`, then dropped ones ascending.
   *
   * Comes in steps of some milliseconds each, since a source may have very many tags: others can have their turn in between.
   */
  explaining(available: readonly string[]): Generator<void, TagDecision[]>;
  /**
   * Whether the filter may select an image, as far as the image alone can tell: a `keep: latest` that counts what the source
   * has is taken to let it stay.
   */
  admits(image: { readonly source: ImageName; readonly target: ImageName }): boolean;
}

/** How one end of a copy is addressed; fits into `makeReference`. */
export type ImageName = { readonly tag: string } | { readonly digest: string };

export interface ParsedConfig {
  /** Absent when any issue is an error. */
  readonly config?: SyncConfig;
  /** In the order of the file. */
  readonly issues: readonly ConfigIssue[];
}
