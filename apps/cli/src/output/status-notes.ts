import {
  type Freshness,
  type Hold,
  type SeenOutage,
  type SourceNote,
  type SourceState,
  scopeName,
  type TaskStatus,
  type WorkerStatus,
} from '@regfleet/fleet';
import { printable } from '@regfleet/model';
import { columnsOf } from './columns.ts';
import { errorLine } from './errors.ts';
import { formatDuration, formatRelative } from './quantities.ts';

// More at once is the same trouble told again: JSON has all of them.
const MOST_MISSING = 10;

export interface NotedTask extends TaskStatus {
  readonly freshness?: Omit<Freshness, 'task'>;
  readonly vanished?: readonly SourceNote[];
}

// More at once is the same trouble told again: JSON has all of them.
const MOST_VANISHED = 10;
const SHOWN_DIGEST = 'sha256:'.length + 12;

/** Behind it stands how long ago that was seen first. */
const VANISHED: Readonly<Record<SourceState, string>> = {
  gone: 'is gone at the source: seen first',
  empty: 'is empty at the source: seen first',
  refused: 'is refused by the source: seen first',
  failing: 'cannot be read at the source: seen first',
  moved: 'names another image at the source: seen first',
};

/** What the tables of the status have no room for. */
export interface NotedStatus {
  readonly tasks: readonly NotedTask[];
  readonly holds: readonly Hold[];
  readonly outages: readonly SeenOutage[];
  readonly missing: readonly WorkerStatus[];
}

/** Sections of sentences: what is held back and until when, which process is missing, and of each task how far it is and what went wrong. */
export function statusNotes(
  state: NotedStatus,
  { nowMs, columns }: { nowMs: number; columns: number },
): string[] {
  const sections = [
    [
      ...state.holds.map((hold) => holdNote(hold, nowMs)),
      ...unheld(state.outages, state.holds).map((outage) => outageNote(outage, nowMs)),
    ],
    missingNotes(state.missing, nowMs),
    state.tasks.flatMap((task) => taskNotes(task, nowMs)),
  ];
  return sections
    .filter((notes) => notes.length > 0)
    .map((notes) => notes.map((note) => hanging(printable(note), columns)).join('\n'));
}

/** What is held back, by whom and until when. */
export function holdNote({ scope, cause, reason, by, sinceMs, untilMs }: Hold, nowMs: number): string {
  const how = cause === 'operator' ? 'is paused' : 'is held back';
  const until =
    untilMs === undefined ? 'until it is resumed' : `for another ${formatDuration(untilMs - nowMs)}`;
  const end = cause === 'operator' || untilMs !== undefined ? `, ${until}` : '';
  return `${scopeName(scope)} ${how} since ${formatDuration(nowMs - sinceMs)}${end}${by === undefined ? '' : `, by ${by}`}${reason === '' ? '' : `: ${reason}`}`;
}

/** What fails, and is not known to fail for all: the work of those who have not seen it goes on. */
export const unheld = (outages: readonly SeenOutage[], holds: readonly Hold[]): SeenOutage[] =>
  outages.filter(
    ({ cause, registry }) =>
      !holds.some(
        (hold) => hold.cause === cause && hold.scope.kind === 'registry' && hold.scope.registry === registry,
      ),
  );

/** Since when it fails, and for whom. */
export function outageNote({ cause, registry, sinceMs, processes, code }: SeenOutage, nowMs: number): string {
  const what = cause === 'login' ? 'refuses a login' : 'does not answer';
  const whom = processes === 1 ? 'seen by one process' : `seen by ${processes} processes`;
  const why = code === undefined ? '' : `: ${code}`;
  return `registry ${registry} ${what} since ${formatDuration(Math.max(0, nowMs - sinceMs))}, ${whom}${why}`;
}

function missingNotes(missing: readonly WorkerStatus[], nowMs: number): string[] {
  const notes = missing
    .slice(0, MOST_MISSING)
    .map(
      ({ id, role, host, seenAtMs }) =>
        `${role} ${id} on ${host} is missing: its last sign of life was ${formatRelative(seenAtMs, nowMs)}, and it has not signed off`,
    );
  const more = missing.length - notes.length;
  return more > 0 ? [...notes, `${more} more processes are missing`] : notes;
}

function taskNotes(status: NotedTask, nowMs: number): string[] {
  const notes = [
    underWay(status),
    behindNote(status, nowMs),
    lastFailure(status, nowMs),
    neverSucceeded(status, nowMs),
    ...vanishedNotes(status, nowMs),
  ];
  return notes.flatMap((note) => (note === undefined ? [] : [`${status.task}: ${note}`]));
}

function behindNote({ freshness }: NotedTask, nowMs: number): string | undefined {
  if (freshness?.behindSinceMs === undefined) return undefined;
  const { behind, behindSinceMs } = freshness;
  const since = formatDuration(Math.max(0, nowMs - behindSinceMs));
  return `${behind} ${behind === 1 ? 'image is' : 'images are'} behind the source, the first for ${since}`;
}

function vanishedNotes({ vanished = [] }: NotedTask, nowMs: number): string[] {
  const notes = vanished
    .slice(0, MOST_VANISHED)
    .map(
      ({ subject, name, state, sinceMs, was }) =>
        `${subject} ${name} ${VANISHED[state]} ${formatRelative(sinceMs, nowMs)}${was === undefined ? '' : `, it was ${was.slice(0, SHOWN_DIGEST)}`}`,
    );
  const more = vanished.length - notes.length;
  return more > 0 ? [...notes, `${more} more are not at the source as they were`] : notes;
}

function underWay({ activeRunId, lastRun }: TaskStatus): string | undefined {
  if (lastRun === undefined || lastRun.id !== activeRunId || lastRun.finishedAtMs !== undefined)
    return undefined;
  const { copied, unchanged, failed, enqueued } = lastRun.counts;
  const all = lastRun.expanded ? `${enqueued}` : `${enqueued} or more`;
  const failures = failed === 0 ? '' : `, ${failed} failed`;
  return `${copied + unchanged + failed} of ${all} images are done${failures}`;
}

function lastFailure({ lastEnded }: TaskStatus, nowMs: number): string | undefined {
  if (lastEnded?.outcome !== 'failed' && lastEnded?.outcome !== 'cancelled') return undefined;
  const { outcome, reason, errors, counts, finishedAtMs = nowMs } = lastEnded;
  const [error] = errors;
  const howMany = counts.failed === 0 ? '' : `, ${counts.failed} of ${counts.enqueued} images`;
  const why = error === undefined ? reason : errorLine(error);
  return `the last run ${outcome === 'failed' ? 'failed' : 'was cancelled'} ${formatRelative(finishedAtMs, nowMs)}${howMany}${why === undefined ? '' : `: ${why}`}`;
}

function neverSucceeded(
  { lastSuccessAtMs, knownSinceMs, lastEnded }: TaskStatus,
  nowMs: number,
): string | undefined {
  if (lastSuccessAtMs !== undefined || (knownSinceMs === undefined && lastEnded === undefined))
    return undefined;
  const since =
    knownSinceMs === undefined ? '' : `, and is known for ${formatDuration(nowMs - knownSinceMs)}`;
  return `has never succeeded${since}`;
}

/** Lines after the first begin a little to the right. */
function hanging(text: string, columns: number): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && columnsOf(line) + 1 + columnsOf(word) > columns) {
      lines.push(line);
      line = `  ${word}`;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].join('\n');
}
