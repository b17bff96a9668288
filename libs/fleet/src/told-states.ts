import type { SourceState } from './source-notes.ts';

/** What a receiver of notifications knows of a task. */
export interface ToldState {
  readonly isFailing: boolean;
  /** What is the matter with things at its source. */
  readonly vanished: readonly SourceState[];
}

/** What receivers were told, so that no leader tells it again. */
export interface ToldStates {
  /** In the order of `tasks`; absent: nothing yet. */
  of(receiver: string, tasks: readonly string[]): Promise<(ToldState | undefined)[]>;
  set(receiver: string, task: string, state: ToldState): Promise<void>;
}
