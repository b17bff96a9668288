import type { ContenderName } from '../contenders/contender.ts';
import type { Count, Pass, WorkloadResult } from '../result.ts';
import { countOf, median, passesOf, totalOf } from '../statistics.ts';
import type { Workload } from '../workloads/workload.ts';
import { formatBytes, formatNumber, formatSeconds } from './format.ts';
import { markdownTable } from './table.ts';

/** A workload's tables: time and memory, requests, and the targets with what was measured. */
export function resultSections(workload: Workload, result: WorkloadResult): string[] {
  const targets = workload.targets(result);
  return [
    ...(result.passes.length === 0 ? [] : [timeTable(result)]),
    requestTable(result),
    ...(targets.length === 0
      ? []
      : [
          markdownTable(
            ['Target', 'Measured', 'Met'],
            targets.map(({ wanted, measured, isMet }) => [wanted, measured, isMet ? 'yes' : '**no**']),
          ),
        ]),
  ];
}

interface Runner {
  readonly contender: ContenderName;
  readonly variant?: string;
}

function timeTable(result: WorkloadResult): string {
  const runners = distinct(result.passes);
  const medians = runners.map(({ contender, variant }) =>
    median(passesOf(result, contender, variant).map((pass) => pass.durationMs)),
  );
  const [own = Number.NaN] = medians;
  const rows = runners.map((runner, index) => {
    const passes = passesOf(result, runner.contender, runner.variant);
    const durations = passes.map((pass) => pass.durationMs);
    const count = countOf(result, runner.contender, runner.variant);
    return [
      nameOf(runner),
      formatSeconds(medians[index] ?? Number.NaN),
      `${formatSeconds(Math.min(...durations))} to ${formatSeconds(Math.max(...durations))}`,
      String(passes.length),
      `${formatNumber((medians[index] ?? Number.NaN) / own)}x`,
      count ? formatNumber(totalOf(count.source) + totalOf(count.target)) : '',
      formatBytes(Math.max(...passes.map((pass) => pass.peakMemoryBytes))),
      registryCpu(passes),
    ];
  });
  const head = [
    'Contender',
    'Median',
    'Range',
    'Passes',
    'Time against the first',
    'Requests',
    'Peak memory',
    'Registries',
  ];
  return markdownTable(head, rows);
}

/** Processor time of both registries. */
function registryCpu(passes: readonly Pass[]): string {
  const times = passes.flatMap(({ registryCpuMs }) => registryCpuMs ?? []);
  return times.length === 0 ? '' : formatSeconds(median(times));
}

/** Requests by method and kind; a column per contender and side. */
function requestTable({ counts }: WorkloadResult): string {
  const kinds = [...new Set(counts.flatMap(({ source, target }) => [source, target].flatMap(Object.keys)))];
  const rows = counts.flatMap((count) => [sideRow(count, 'source', kinds), sideRow(count, 'target', kinds)]);
  return markdownTable(['Requests', ...kinds.toSorted(), 'all'], rows);
}

function sideRow(count: Count, side: 'source' | 'target', kinds: readonly string[]): string[] {
  const summary = count[side];
  const cells = kinds.toSorted().map((kind) => (summary[kind] ? formatNumber(summary[kind]) : ''));
  return [`${nameOf(count)}, ${side}`, ...cells, formatNumber(totalOf(summary))];
}

function distinct(runners: readonly Runner[]): Runner[] {
  return [...new Map(runners.map((runner) => [nameOf(runner), runner])).values()];
}

const nameOf = ({ contender, variant }: Runner): string =>
  variant === undefined ? contender : `${contender}, ${variant}`;
