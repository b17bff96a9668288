import type { RunRecord } from '@regfleet/fleet';
import { printable } from '@regfleet/model';
import { formatError } from './errors.ts';
import { counted, formatBytes, formatDuration } from './quantities.ts';
import { formatTable } from './table.ts';

const sum = (runs: readonly RunRecord[], count: (run: RunRecord) => number): number =>
  runs.reduce((total, run) => total + count(run), 0);

const done = (run: RunRecord): number => run.counts.copied + run.counts.unchanged + run.counts.failed;

/** Copies that workers are at. */
export interface CopiesUnderWay {
  readonly count: number;
  /** For how long the one has gone on that began first. */
  readonly longestMs: number;
}

/** What is known of runs besides their records. */
export interface RunProgress {
  readonly elapsedMs: number;
  /** Bytes sent; absent where nobody counts them. */
  readonly bytesCopied?: number;
  /** Bytes of the images that have ended or are under way, with what the target held; absent where no relay tells. */
  readonly sizes?: { readonly doneBytes: number; readonly totalBytes: number; readonly underWay: number };
  /** Absent: nobody has looked. */
  readonly copies?: CopiesUnderWay;
  /** Images under way, each by how much of it is done: 1.5 for three halves. */
  readonly underWay?: number;
}

/** One line on how far runs are: images done of all, failures, images a second, bytes and their rate, time left. */
export function runProgressLine(runs: readonly RunRecord[], soFar: RunProgress): string {
  const { elapsedMs, bytesCopied = 0, underWay = 0, sizes, copies } = soFar;
  const finished = sum(runs, done);
  const enqueued = sum(runs, (run) => run.counts.enqueued);
  const failed = sum(runs, (run) => run.counts.failed);
  const perSecond = (amount: number): number => (elapsedMs > 0 ? amount / (elapsedMs / 1000) : 0);
  const isExpanding = runs.some((run) => !run.expanded);
  const parts = [`${finished}/${enqueued}${isExpanding ? '+' : ''} images`];
  if (copies !== undefined && copies.count > 0)
    parts.push(`${copies.count} under way, the first for ${formatDuration(copies.longestMs)}`);
  if (failed > 0) parts.push(`${failed} failed`);
  if (perSecond(finished) > 0) parts.push(`${perSecond(finished).toFixed(1)}/s`);
  if (perSecond(bytesCopied) > 0)
    parts.push(formatBytes(bytesCopied), `${formatBytes(perSecond(bytesCopied))}/s`);
  if (sizes !== undefined && sizes.totalBytes > 0) {
    // Of an image that has not begun nobody knows how large it is.
    const isWhole = !isExpanding && finished + sizes.underWay >= enqueued;
    parts.push(`${formatBytes(sizes.doneBytes)} of ${formatBytes(sizes.totalBytes)}${isWhole ? '' : '+'}`);
  }
  const doneImages = finished + underWay;
  const leftMs = ((enqueued - doneImages) / perSecond(doneImages)) * 1000;
  // What has not been compared yet can only add to it.
  if (perSecond(doneImages) > 0)
    parts.push(`${isExpanding ? 'at least ' : ''}${formatDuration(leftMs)} left`);
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

const COUNTS = {
  repositories: 'repositories',
  selected: 'selected',
  'in sync': 'inSync',
  copied: 'copied',
  unchanged: 'unchanged',
  failed: 'failed',
  skipped: 'skipped',
} as const;
const COUNT_HEADINGS = Object.keys(COUNTS) as (keyof typeof COUNTS)[];

/** Where it is, while it goes on; of one whose filters chose nothing, that it did not do what it was most likely meant to. */
export function outcomeOf({ outcome, expanded, counts: { emptyFilters = 0 } }: RunRecord): string {
  const told = outcome ?? (expanded ? 'copying' : 'expanding');
  return emptyFilters === 0 ? told : `${told}, ${filtersLine(emptyFilters)}`;
}

/** A row per run with those counts that are not 0 for all of them, and how long it took; then every error. */
export function formatRuns(runs: readonly RunRecord[], columns?: number): string {
  const counted = COUNT_HEADINGS.filter((heading) => runs.some(({ counts }) => counts[COUNTS[heading]] > 0));
  const rows = runs.map((run) => [
    run.id,
    run.task ?? '(one-off image)',
    run.outcome ?? (run.expanded ? 'copying' : 'expanding'),
    ...counted.map((heading) => String(run.counts[COUNTS[heading]])),
    run.finishedAtMs === undefined ? '' : formatDuration(run.finishedAtMs - run.startedAtMs),
  ]);
  const table = formatTable(['run', 'task', 'outcome', ...counted, 'took'], rows, {
    align: Object.fromEntries(counted.map((heading) => [heading, 'right' as const])),
    columns,
  });
  const notes = runs.flatMap((run) => [
    ...(run.reason === undefined ? [] : [printable(`${run.id}: ${run.reason}`)]),
    ...(run.counts.emptyFilters
      ? [`${run.id}: ${filtersLine(run.counts.emptyFilters)}, see the warnings`]
      : []),
    ...run.errors.map((error) => `${run.id}: ${formatError(error)}`),
  ]);
  return [table, ...notes].join('\n');
}
