import type { NotifyEvent } from '@regfleet/config';
import type { RunRecord, SourceSummary, TaskStatus, ToldState } from '@regfleet/fleet';

/** What of a task is told. */
export interface StateNow {
  readonly task: string;
  /** The last run that ended. */
  readonly run?: Pick<RunRecord, 'id' | 'outcome' | 'errors' | 'finishedAtMs'>;
  readonly vanished: SourceSummary;
}

/** One thing to be told, and what its receiver knows from then on. */
export interface StateChange {
  readonly event: NotifyEvent;
  readonly told: ToldState;
}

const UNTOLD: ToldState = { isFailing: false, vanished: [] };

export const stateOf = ({ task, lastEnded }: TaskStatus, vanished: SourceSummary): StateNow => ({
  task,
  ...(lastEnded && { run: lastEnded }),
  vanished,
});

/** What a receiver does not know yet. A run that was cancelled says nothing of its task. */
export function changesOf(now: StateNow, told: ToldState = UNTOLD): readonly StateChange[] {
  const changes: StateChange[] = [];
  let known = told;
  const add = (event: NotifyEvent, told: Partial<ToldState>): void => {
    known = { ...known, ...told };
    changes.push({ event, told: known });
  };
  const outcome = now.run?.outcome;
  if (outcome === 'failed' && !known.isFailing) add('failing', { isFailing: true });
  if (outcome === 'succeeded' && known.isFailing) add('recovered', { isFailing: false });
  const vanished = Object.keys(now.vanished).sort() as (keyof SourceSummary)[];
  if (vanished.some((state) => !known.vanished.includes(state))) add('vanished', { vanished });
  else if (vanished.length === 0 && known.vanished.length > 0) add('returned', { vanished });
  return changes;
}
