import type { RunRecord } from '@regfleet/queue';
import { formatError } from './errors.ts';
import { formatDuration } from './quantities.ts';
import { formatTable } from './table.ts';

const sum = (runs: readonly RunRecord[], count: (run: RunRecord) => number): number =>
  runs.reduce((total, run) => total + count(run), 0);

const done = (run: RunRecord): number => run.counts.copied + run.counts.unchanged + run.counts.failed;

/** One line on how far runs are: images done of all, failures, images a second, time left. */
export function runProgressLine(runs: readonly RunRecord[], elapsedMs: number): string {
  const finished = sum(runs, done);
  const enqueued = sum(runs, (run) => run.counts.enqueued);
  const failed = sum(runs, (run) => run.counts.failed);
  const rate = elapsedMs > 0 ? finished / (elapsedMs / 1000) : 0;
  const isExpanding = runs.some((run) => !run.expanded);
  const parts = [`${finished}/${enqueued}${isExpanding ? '+' : ''} images`];
  if (failed > 0) parts.push(`${failed} failed`);
  if (rate > 0) parts.push(`${rate.toFixed(1)}/s`);
  if (rate > 0 && !isExpanding) parts.push(`${formatDuration(((enqueued - finished) / rate) * 1000)} left`);
  if (isExpanding) parts.push(`expanding: ${sum(runs, (run) => run.counts.selected)} compared`);
  return parts.join(', ');
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
    ...(run.reason === undefined ? [] : [`${run.id}: ${run.reason}`]),
    ...run.errors.map((error) => `${run.id}: ${formatError(error)}`),
  ]);
  return [table, ...notes].join('\n');
}

function countCells({ counts }: RunRecord): string[] {
  const { repositories, selected, inSync, copied, unchanged, failed, skipped } = counts;
  return [repositories, selected, inSync, copied, unchanged, failed, skipped].map(String);
}
