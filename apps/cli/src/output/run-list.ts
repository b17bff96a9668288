import type { RunRecord } from '@regfleet/fleet';
import { printable } from '@regfleet/model';
import { errorLine } from './errors.ts';
import { formatBytes, formatDuration, formatRelative } from './quantities.ts';
import { outcomeOf } from './runs.ts';
import { tableLines } from './table.ts';

const HEADINGS = ['run', 'task', 'began', 'by', 'took', 'outcome', 'copied', 'failed', 'sent'];
const NUMBERS = { copied: 'right', failed: 'right', sent: 'right' } as const;

/** A row per run, below it why it did not do all that it was to do. */
export function formatRunList(
  runs: readonly RunRecord[],
  { nowMs, hasMore, columns }: { nowMs: number; hasMore: boolean; columns?: number | undefined },
): string {
  if (runs.length === 0) return 'no runs';
  const { headings, rows } = tableLines(
    HEADINGS,
    runs.map((run) => rowOf(run, nowMs)),
    { align: NUMBERS, columns },
  );
  const lines = runs.flatMap((run, index) => [rows[index] ?? '', ...notesOn(run)]);
  const more = hasMore ? [`there are more: --limit shows more than ${runs.length}`] : [];
  return [...(headings === undefined ? [] : [headings]), ...lines, ...more].join('\n');
}

function rowOf(run: RunRecord, nowMs: number): string[] {
  const { startedAtMs, finishedAtMs, counts, bytesCopied } = run;
  return [
    run.id,
    run.task ?? '(one-off image)',
    formatRelative(startedAtMs, nowMs),
    run.trigger,
    finishedAtMs === undefined ? '' : formatDuration(finishedAtMs - startedAtMs),
    outcomeOf(run),
    `${counts.copied} of ${Math.max(counts.selected, counts.enqueued)}`,
    String(counts.failed),
    bytesCopied === undefined ? '' : formatBytes(bytesCopied),
  ];
}

function notesOn({ retryOf, reason, errors }: RunRecord): string[] {
  const [first] = errors;
  return [
    ...(retryOf === undefined ? [] : [printable(`  images that failed in ${retryOf}`)]),
    ...(reason === undefined ? [] : [printable(`  ${reason}`)]),
    ...(first === undefined ? [] : [`  ${errorLine(first)}`]),
  ];
}
