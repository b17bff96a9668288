import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Machine } from '../machine.ts';
import { RESULTS_FOLDER, readResult, type WorkloadResult } from '../result.ts';
import { WORKLOADS } from '../workloads/index.ts';
import type { Workload } from '../workloads/workload.ts';
import { formatBytes, formatNumber } from './format.ts';
import { resultSections, targetSummary } from './results.ts';

export const PAGE_FILE = join(import.meta.dirname, '../../../docs/performance.md');

const START = '<!-- generated:results -->';
const END = '<!-- /generated:results -->';

/** `docs/performance.md` with the tables made from `bench/results/`. */
export function performancePage(): string {
  const page = readFileSync(PAGE_FILE, 'utf8');
  const [before = '', rest = ''] = page.split(START);
  const [, after = ''] = rest.split(END);
  const results = WORKLOADS.flatMap((workload) => {
    const result = readResult(RESULTS_FOLDER, workload.name);
    return result === undefined ? [] : [{ workload, result }];
  });
  const sections = results.map(({ workload, result }) => sectionOf(workload, result));
  const measured =
    results.length === 0 ? ['Nothing was measured yet.'] : [targetSummary(results), ...sections];
  return `${before}${START}\n\n${measured.join('\n\n')}\n\n${END}${after}`;
}

function sectionOf(workload: Workload, result: WorkloadResult): string {
  const title = `### (${workload.name}) ${workload.title}`;
  const when = `Measured on ${result.measuredAt.slice(0, 10)}: ${machineLine(result.machine)}.`;
  const load = `Load average before it began: ${formatNumber(result.loadAverage)}.`;
  return [title, `${when} ${load}`, ...resultSections(workload, result)].join('\n\n');
}

function machineLine(machine: Machine): string {
  const { cores, cpu, memoryBytes, system, node, peers, registry, storage } = machine;
  return [
    `${cores} cores of ${cpu}`,
    `${formatBytes(memoryBytes)} of memory`,
    system,
    `Node ${node}`,
    ...Object.entries(peers).map(([name, version]) => `${name.replace(' sync', '')} ${version}`),
    `${registry.name} ${registry.version} with its images ${storage === 'memory' ? 'in memory' : 'on disk'}`,
  ].join(', ');
}
