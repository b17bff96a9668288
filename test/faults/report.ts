import { commandFor, type PartOptions } from './options.ts';
import { totalsOf } from './runs.ts';
import type { TrialResult } from './trial.ts';

const MOST_PROBLEMS = 40;

/** What a trial has shown, for a person. */
export function reportOf(result: TrialResult): string {
  const { options, problems } = result;
  return [
    `\n${options.variant}, seed ${options.seed}`,
    table(injectedRows(result)),
    '',
    table(rowsOf(result)),
    '',
    verdictOf(
      options,
      problems,
      'all exact: no tag was ever incomplete or without what belongs to it, digests and counts are right, nothing is left',
    ),
  ].join('\n');
}

function injectedRows({ events }: TrialResult): string[][] {
  const kinds = [...new Set(events.map(({ kind }) => kind))].sort();
  const rows = kinds.map((kind) => {
    const ofKind = events.filter((event) => event.kind === kind);
    const skipped = ofKind.flatMap((event) => event.skipped ?? []);
    const told = skipped.length === 0 ? '' : `${skipped.length} not: ${[...new Set(skipped)].join('; ')}`;
    return [kind, String(ofKind.length - skipped.length), told];
  });
  const injected = events.filter(({ skipped }) => skipped === undefined).length;
  return [['fault', 'injected', ''], ...rows, ['all', String(injected), '']];
}

function rowsOf(result: TrialResult): string[][] {
  const { images, runs, totals, last, counted, traffic, uploadsLeft, tookMs } = result;
  const made = totalsOf(last);
  const outcomes = byCount(runs.map(({ outcome }) => outcome ?? 'not ended'));
  const retries = sumOf(counted, /^retries_total/);
  const errors = byLabel(counted, /^copy_errors_total\{.*code="([^"]+)"/);
  const failed = byCount(runs.flatMap((run) => run.errors.map(({ code }) => code)));
  return [
    ['images', String(images)],
    ['runs', `${runs.length}: ${outcomes}`],
    [
      'jobs',
      `${totals.enqueued} = ${totals.copied} copied + ${totals.unchanged} unchanged + ${totals.failed} failed`,
    ],
    ['errors of runs', failed],
    ['attempts spent on faults', `${retries} (as far as killed processes could be asked)`],
    ['errors met', errors],
    ['left to a last run', `${made.enqueued}, of which ${made.copied} had to be copied`],
    ['copied again', String(Math.max(0, totals.copied + made.copied - images))],
    ['jobs shared or done before', `${totals.skipped} done for another run, ${totals.unchanged} found done`],
    [
      'blobs',
      `${traffic.blobsNeeded} needed, ${traffic.blobsSent} sent, ${traffic.blobsSentAgain} of them again: ` +
        `${traffic.blobsNeeded - traffic.blobsSent} uploads prevented`,
    ],
    [
      'upload sessions left',
      `${uploadsLeft.givenUp} given up and kept by the registry, ${uploadsLeft.unheardOf} whose answer was lost, ` +
        `${uploadsLeft.abandoned} of processes that were killed`,
    ],
    ['took', `${Math.round(tookMs / 1_000)} s`],
  ];
}

/** @param good - what is said where nothing was wrong. */
export function verdictOf(options: PartOptions, problems: readonly string[], good: string): string {
  if (problems.length === 0) return good;
  const shown = problems.slice(0, MOST_PROBLEMS).map((problem) => `  ${problem}`);
  const more = problems.length > MOST_PROBLEMS ? [`  and ${problems.length - MOST_PROBLEMS} more`] : [];
  return [
    `not as it has to be, ${problems.length}:`,
    ...shown,
    ...more,
    `again: ${commandFor(options)}`,
  ].join('\n');
}

const sumOf = (counted: ReadonlyMap<string, number>, series: RegExp): number =>
  [...counted].reduce((sum, [name, count]) => (series.test(name) ? sum + count : sum), 0);

function byLabel(counted: ReadonlyMap<string, number>, label: RegExp): string {
  return byCount(
    [...counted]
      .flatMap(([name, count]) => Array<string>(count).fill(label.exec(name)?.[1] ?? ''))
      .filter(Boolean),
  );
}

/** Each with how often it is there, the most frequent first. */
function byCount(names: readonly string[]): string {
  const counts = Object.entries(Object.groupBy(names, (name) => name)).map(([name, all = []]) => ({
    name,
    count: all.length,
  }));
  const told = counts.sort((a, b) => b.count - a.count).map(({ name, count }) => `${count} ${name}`);
  return told.length === 0 ? 'none' : told.join(', ');
}

export function table(rows: readonly (readonly string[])[]): string {
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(column < row.length - 1 ? (widths[column] ?? 0) : 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
