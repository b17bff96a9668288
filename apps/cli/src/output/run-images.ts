import type { RunImage, RunRecord } from '@regfleet/fleet';
import { formatReference } from '@regfleet/model';
import { formatError, shownError } from './errors.ts';
import { counted, formatBytes } from './quantities.ts';
import { formatRunList } from './run-list.ts';
import { formatTable } from './table.ts';

const HEADINGS = ['outcome', 'source', 'target', 'digest', 'sent', 'tries', 'error'];
const NUMBERS = { sent: 'right', tries: 'right' } as const;
// As much of a digest as tells one from another.
const DIGEST_LENGTH = 'sha256:'.length + 12;

/** The run, its errors, and a row per image. */
export function formatRunImages(
  run: RunRecord,
  images: readonly RunImage[],
  { failedOnly, nowMs, columns }: { failedOnly: boolean; nowMs: number; columns?: number | undefined },
): string {
  const table =
    images.length === 0 ? [] : [formatTable(HEADINGS, images.map(rowOf), { align: NUMBERS, columns })];
  const missing = unlisted(run, images, failedOnly);
  return [
    formatRunList([{ ...run, errors: [] }], { nowMs, hasMore: false, columns }),
    ...(run.errors.length === 0 ? [] : [errorsOf(run)]),
    ...table,
    ...(missing === 0 ? [] : [`${counted(missing, 'image')} of this run cannot be listed any more`]),
  ].join('\n\n');
}

/** The first error of each code and side, with its hint: the table has that of each image. */
function errorsOf({ errors }: RunRecord): string {
  const kinds = Map.groupBy(errors, ({ code, side }) => `${code} ${side}`);
  const lines = [...kinds.values()].flatMap(([first, ...others]) => [
    ...(first === undefined ? [] : [formatError(first)]),
    ...(others.length === 0 ? [] : [`  ${others.length} more with this code`]),
  ]);
  return lines.join('\n');
}

function rowOf({ outcome, request, digest, bytesCopied, attempts, error }: RunImage): string[] {
  return [
    outcome,
    formatReference(request.source),
    formatReference(request.target),
    digest?.slice(0, DIGEST_LENGTH) ?? '',
    bytesCopied === undefined ? '' : formatBytes(bytesCopied),
    String(attempts),
    error === undefined ? '' : shownError(error),
  ];
}

/** How many the run counts that no list has. */
function unlisted({ counts }: RunRecord, images: readonly RunImage[], failedOnly: boolean): number {
  const { copied, unchanged, failed, skipped } = counts;
  const ended = failedOnly ? failed : copied + unchanged + failed + skipped;
  return Math.max(0, ended - images.length);
}
