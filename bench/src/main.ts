import { writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { interruptSignal } from '@regfleet/runtime';
import { describeMachine } from './machine.ts';
import { type BenchOptions, parseOptions, USAGE } from './options.ts';
import { findPrograms, type Programs } from './peers/programs.ts';
import { PAGE_FILE, performancePage } from './report/page.ts';
import { resultSections } from './report/results.ts';
import { RESULTS_FOLDER, writeResult } from './result.ts';
import { WORKLOADS } from './workloads/index.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** @returns the targets that were missed, by name. */
async function bench({ workloads, passes, resultsFolder, peersFolder }: BenchOptions): Promise<string[]> {
  const signal = interruptSignal();
  const programs = await findPrograms(peersFolder);
  sayPrograms(programs);
  const machine = await describeMachine(programs);
  const missed: string[] = [];
  for (const workload of WORKLOADS.filter(({ name }) => workloads.includes(name))) {
    say(`\n(${workload.name}) ${workload.title}`);
    const circumstances = { measuredAt: new Date().toISOString(), machine, loadAverage: loadavg()[0] ?? 0 };
    const measured = await workload.measure({ passes, programs, signal, say: (line) => say(`  ${line}`) });
    const result = { workload: workload.name, ...circumstances, ...measured };
    await writeResult(resultsFolder, result);
    if (resultsFolder === RESULTS_FOLDER) await writeFile(PAGE_FILE, performancePage());
    say(`\n${resultSections(workload, result).join('\n\n')}`);
    const failed = workload.targets(result).filter(({ isMet }) => !isMet);
    missed.push(...failed.map(({ wanted, measured }) => `(${workload.name}) ${wanted}: ${measured}`));
  }
  return missed;
}

function sayPrograms({ peers, registry }: Programs): void {
  for (const [name, { version, path }] of Object.entries(peers)) say(`${name}: ${version} (${path})`);
  say(`both registries: ${registry.name} ${registry.version} (${registry.path})`);
}

async function main(): Promise<number> {
  let options: BenchOptions;
  try {
    options = parseOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${USAGE}\n`);
    return 2;
  }
  const missed = await bench(options);
  for (const target of missed) say(`missed: ${target}`);
  return missed.length > 0 && options.checksTargets ? 1 : 0;
}

process.exitCode = await main();
