import { parseArgs } from 'node:util';
import { PEERS_FOLDER } from './peers/programs.ts';
import { RESULTS_FOLDER, WORKLOAD_NAMES, type WorkloadName } from './result.ts';

export interface BenchOptions {
  readonly workloads: readonly WorkloadName[];
  readonly passes: number;
  readonly checksTargets: boolean;
  readonly resultsFolder: string;
  /** Where programs are looked for before PATH. */
  readonly peersFolder: string;
}

export const USAGE = `npm run bench -- [--only a,b,...] [--passes N] [--no-targets] [--results FOLDER] [--peers FOLDER]

  --only a,d        only these of the workloads ${WORKLOAD_NAMES.join(', ')}
  --passes 3        timed passes of each contender; one that takes more than ten seconds has one
  --no-targets      measure; exit with 0 even where a target is missed
  --results FOLDER  where the raw results go; default bench/results, from which docs/performance.md is made
  --peers FOLDER    where regsync, crane, ocync, image-syncer, skopeo and the registry of distribution 3 are looked for before PATH;
                    default BENCH_PEERS, else where "npm run bench:peers" puts what it installs`;

const DEFAULT_PASSES = 3;

/** @throws {Error} on a flag or workload that does not exist, and on a number of passes that is none. */
export function parseOptions(argv: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...argv],
    allowNegative: true,
    options: {
      only: { type: 'string' },
      passes: { type: 'string', default: String(DEFAULT_PASSES) },
      targets: { type: 'boolean', default: true },
      results: { type: 'string', default: RESULTS_FOLDER },
      peers: { type: 'string', default: process.env.BENCH_PEERS ?? PEERS_FOLDER },
    },
  });
  const passes = Number(values.passes);
  if (!Number.isInteger(passes) || passes < 1) throw new Error(`--passes ${values.passes}: not a count`);
  return {
    workloads: chosen(values.only),
    passes,
    checksTargets: values.targets,
    resultsFolder: values.results,
    peersFolder: values.peers,
  };
}

function chosen(only: string | undefined): readonly WorkloadName[] {
  const names = only?.split(',') ?? WORKLOAD_NAMES;
  const unknown = names.find((name) => !WORKLOAD_NAMES.some((known) => known === name));
  if (unknown !== undefined) throw new Error(`--only ${unknown}: there is no such workload`);
  return WORKLOAD_NAMES.filter((name) => names.includes(name));
}
