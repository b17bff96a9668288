import type { Digest } from '@regfleet/model';

/**
 * What may be wrong at a source: there is no such thing, there is nothing in it, the account may not see it, it cannot be read, or a
 * tag that is a whole version names another image.
 */
export const SOURCE_STATES = ['gone', 'empty', 'refused', 'failing', 'moved'] as const;

export type SourceState = (typeof SOURCE_STATES)[number];

/** One thing that is not at the source as a task has it, or had it. Nothing is deleted for it. */
export interface SourceNote {
  readonly subject: 'tag' | 'repository' | 'listing';
  /** A reference, or of a listing the pattern and the registry. */
  readonly name: string;
  readonly state: SourceState;
  /** Epoch milliseconds. */
  readonly sinceMs: number;
  /** True: it is in a list no more, that is, nobody will ask about it again. */
  readonly isByList?: boolean;
  /** Of a tag that moved: what it named. */
  readonly was?: Digest;
}

/** Of each state that is noted how often, and since when the first. */
export type SourceSummary = Readonly<Partial<Record<SourceState, { count: number; sinceMs: number }>>>;

/** What one task chose of a repository. */
export interface ChosenTags {
  /** The repository of the source and the one that its images go to, with a blank between. */
  readonly repository: string;
  readonly tags: readonly string[];
}

/** What is to be written at once. */
export interface SourceChanges {
  readonly notes: readonly SourceNote[];
  readonly dropped: readonly SourceNote[];
  readonly chosen?: ChosenTags;
  /** Repositories that are none of the task any more. */
  readonly forgotten?: readonly string[];
  /** Of all notes, these changes included. */
  readonly summary: SourceSummary;
}

/** Of one task no more are kept. */
export const MOST_SOURCE_NOTES = 1_000;

/** What the fleet has noted of the sources of tasks. */
export interface SourceNotes {
  /** The oldest first. */
  list(task: string): Promise<SourceNote[]>;
  /** @returns in the order of `tasks`. */
  summaries(tasks: readonly string[]): Promise<SourceSummary[]>;
  /** What was chosen when it was listed last; absent: nobody knows. */
  chosenTags(task: string, repository: string): Promise<readonly string[] | undefined>;
  /** Those of which `chosenTags` knows. */
  chosenRepositories(task: string): Promise<readonly string[]>;
  write(task: string, changes: SourceChanges): Promise<void>;
}
