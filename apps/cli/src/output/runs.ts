import type { RunRecord } from '@regfleet/fleet';
import { printable } from '@regfleet/model';
import { formatError } from './errors.ts';
import { counted, formatBytes, formatDuration } from './quantities.ts';
import { formatTable } from './table.ts';

const sum = (runs: readonly RunRecord[], count: (run: RunRecord) => number): number =>
  runs.reduce((total, run) => total + count(run), 0);

const done = (run: RunRecord): number => run.counts.copied + run.counts.unchanged + run.counts.failed;

/** What is known of runs besides their records. */
export interface RunProgress {
  readonly elapsedMs: number;
  /** Bytes sent; absent where nobody counts them. */
  readonly bytesCopied?: number;
  /** Images under way, each by how much of it is done: 1.5 for three halves. */
  readonly underWay?: number;
}

/** One line on how far runs are: images done of all, failures, images a second, bytes and their rate, time left. */
export function runProgressLine(runs: readonly RunRecord[], soFar: RunProgress): string {
  const { elapsedMs, bytesCopied = 0, underWay = 0 } = soFar;
  const finished = sum(runs, done);
  const enqueued = sum(runs, (run) => run.counts.enqueued);
  const failed = sum(runs, (run) => run.counts.failed);
  const perSecond = (amount: number): number => (elapsedMs > 0 ? amount / (elapsedMs / 1000) : 0);
  const isExpanding = runs.some((run) => !run.expanded);
  const parts = [`${finished}/${enqueued}${isExpanding ? '+' : ''} images`];
  if (failed > 0) parts.push(`${failed} failed`);
  if (perSecond(finished) > 0) parts.push(`${perSecond(finished).toFixed(1)}/s`);
  if (perSecond(bytesCopied) > 0)
    parts.push(formatBytes(bytesCopied), `${formatBytes(perSecond(bytesCopied))}/s`);
  const doneImages = finished + underWay;
  if (perSecond(doneImages) > 0 && !isExpanding)
    parts.push(`${formatDuration(((enqueued - doneImages) / perSecond(doneImages)) * 1000)} left`);
  if (isExpanding) parts.push(`expanding: ${sum(runs, (run) => run.counts.selected)} compared`);
  return parts.join(', ');
}

/** Of filters that chose nothing. */
export const filtersLine = (count: number): string => counted(count, 'empty filter');

/** One line on a run that ended: its outcome, what is not 0 of its counts, how long it took. */
export function runEndLine(run: RunRecord): string {
  const { copied, unchanged, inSync, failed, emptyFilters = 0 } = run.counts;
  const counts = { copied, unchanged, 'in sync': inSync, failed };
  const told = Object.entries(counts).flatMap(([name, count]) => (count === 0 ? [] : [`${count} ${name}`]));
  if (emptyFilters > 0) told.push(filtersLine(emptyFilters));
  const tookMs = (run.finishedAtMs ?? run.startedAtMs) - run.startedAtMs;
  return [`${run.task ?? run.id}: ${run.outcome}`, ...told, `took ${formatDuration(tookMs)}`].join(', ');
}

const COUNT_HEADINGS = [
  'repositories',
  'selected',
  'in sync',
  'copied',
  'unchanged',
  'failed',
  'skipped',
] as const;

/** Where it is, while it goes on; of one whose filters chose nothing, that it did not do what it was most likely meant to. */
export function outcomeOf({ outcome, expanded, counts: { emptyFilters = 0 } }: RunRecord): string {
  const told = outcome ?? (expanded ? 'copying' : 'expanding');
  return emptyFilters === 0 ? told : `${told}, ${filtersLine(emptyFilters)}`;
}

/** A row per run with its counts and how long it took; then every error. */
export function formatRuns(runs: readonly RunRecord[]): string {
  const rows = runs.map((run) => [
    run.id,
    run.task ?? '(one-off image)',
    run.outcome ?? (run.expanded ? 'copying' : 'expanding'),
    ...countCells(run),
    run.finishedAtMs === undefined ? '' : formatDuration(run.finishedAtMs - run.startedAtMs),
  ]);
  const table = formatTable(
    ['run', 'task', 'outcome', ...COUNT_HEADINGS, 'took'],
    rows,
    Object.fromEntries(COUNT_HEADINGS.map((heading) => [heading, 'right' as const])),
  );
  const notes = runs.flatMap((run) => [
    ...(run.reason === undefined ? [] : [printable(`${run.id}: ${run.reason}`)]),
    ...(run.counts.emptyFilters
      ? [`${run.id}: ${filtersLine(run.counts.emptyFilters)}, see the warnings`]
      : []),
    ...run.errors.map((error) => `${run.id}: ${formatError(error)}`),
  ]);
  return [table, ...notes].join('\n');
}

function countCells({ counts }: RunRecord): string[] {
  const { repositories, selected, inSync, copied, unchanged, failed, skipped } = counts;
  return [repositories, selected, inSync, copied, unchanged, failed, skipped].map(String);
}
