import type { ContenderName } from '../contenders/contender.ts';
import type { Count, Pass, WorkloadResult } from '../result.ts';
import { countOf, median, medianCpuMs, medianMs, passesOf, peakBytes, totalOf } from '../statistics.ts';
import { peersOf, type Target } from '../targets.ts';
import type { Workload } from '../workloads/workload.ts';
import { formatBytes, formatNumber, formatSeconds } from './format.ts';
import { markdownTable } from './table.ts';

/** A workload's tables: time and memory, requests, and the targets with what was measured. */
export function resultSections(workload: Workload, result: WorkloadResult): string[] {
  const targets = workload.targets(result);
  return [
    ...(result.passes.length === 0 ? [] : [timeTable(result)]),
    ...(peersOf(result).length === 0 ? [] : [aheadOfUs(result)]),
    ...(result.notes ?? []),
    ...(result.counts.length === 0 ? [] : [requestTable(result)]),
    ...(targets.length === 0 ? [] : [markdownTable(TARGET_HEAD, targets.map(targetRow))]),
  ];
}

const TARGET_HEAD = ['Target', 'Measured', 'Met'];

const targetRow = ({ wanted, measured, isMet }: Target): string[] => [
  wanted,
  measured,
  isMet ? 'yes' : '**no**',
];

interface Measured {
  readonly workload: Workload;
  readonly result: WorkloadResult;
}

/** The targets of all workloads in one table. */
export function targetSummary(results: readonly Measured[]): string {
  const rows = results.flatMap(({ workload, result }) =>
    workload.targets(result).map((target) => [`(${workload.name})`, ...targetRow(target)]),
  );
  return markdownTable(['Workload', ...TARGET_HEAD], rows);
}

/** In what which peer needs less than we do, by the medians, with the ratio. */
function aheadOfUs(result: WorkloadResult): string {
  const own = runnersOf(result)[0];
  const ahead = peersOf(result).flatMap((contender) => {
    const better = Object.entries(MEASURES).flatMap(([what, measure]) => {
      const ratio = measure(result, { contender }) / measure(result, own ?? { contender });
      return ratio < 1 ? [`${what} (${formatNumber(ratio)}x)`] : [];
    });
    return better.length === 0 ? [] : [`${contender} in ${better.join(', ')}`];
  });
  return ahead.length === 0 ? 'No peer is ahead in anything.' : `Peers that are ahead: ${ahead.join('; ')}.`;
}

type Measure = (result: WorkloadResult, runner: Runner) => number;

const MEASURES: Readonly<Record<string, Measure>> = {
  time: (result, { contender, variant }) => medianMs(result, contender, variant),
  CPU: (result, { contender, variant }) => medianCpuMs(result, contender, variant),
  requests: (result, { contender, variant }) => {
    const count = countOf(result, contender, variant);
    return count === undefined ? Number.NaN : totalOf(count.source) + totalOf(count.target);
  },
  memory: (result, { contender, variant }) => peakBytes(result, contender, variant),
  connections: (result, { contender, variant }) =>
    countOf(result, contender, variant)?.connections ?? Number.NaN,
};

interface Runner {
  readonly contender: ContenderName;
  readonly variant?: string | undefined;
}

function timeTable(result: WorkloadResult): string {
  const runners = runnersOf(result);
  const [own] = runners;
  const rows = runners.map((runner) => {
    const { contender, variant } = runner;
    const passes = passesOf(result, contender, variant);
    const durations = passes.map((pass) => pass.durationMs);
    const count = countOf(result, contender, variant);
    return [
      nameOf(runner),
      formatSeconds(median(durations)),
      `${formatSeconds(Math.min(...durations))} to ${formatSeconds(Math.max(...durations))}`,
      String(passes.length),
      `${formatNumber(median(durations) / medianMs(result, own?.contender ?? contender, own?.variant))}x`,
      formatSeconds(medianCpuMs(result, contender, variant)),
      count ? formatNumber(totalOf(count.source) + totalOf(count.target)) : '',
      count?.connections === undefined ? '' : formatNumber(count.connections),
      formatBytes(peakBytes(result, contender, variant)),
      registryCpu(passes),
    ];
  });
  const filled = TIME_HEAD.map((_, column) => rows.some((row) => row[column] !== ''));
  const kept = (cells: readonly string[]): string[] => cells.filter((_, column) => filled[column]);
  return markdownTable(kept(TIME_HEAD), rows.map(kept));
}

const TIME_HEAD = [
  'Contender',
  'Median',
  'Range',
  'Passes',
  'Time against the first',
  'CPU',
  'Requests',
  'Connections',
  'Peak memory',
  'Registries',
];

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

/** In the order of the counts, which have ours first: passes take turns. */
function runnersOf({ passes, counts }: WorkloadResult): Runner[] {
  const timed = new Map(
    passes.map(({ contender, variant }) => [nameOf({ contender, variant }), { contender, variant }]),
  );
  const inOrder = [...counts.map(nameOf).filter((name) => timed.has(name)), ...timed.keys()];
  return [...new Set(inOrder)].flatMap((name) => timed.get(name) ?? []);
}

const nameOf = ({ contender, variant }: Runner): string =>
  variant === undefined ? contender : `${contender}, ${variant}`;
