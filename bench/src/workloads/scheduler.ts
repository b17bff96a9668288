import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type InMemoryRegistry, inMemoryRegistry, startRedis, temporaryFolder } from '@regfleet/harness';
import type { BenchRun } from '../bench-run.ts';
import { forBothClients } from '../both-clients.ts';
import type { ContenderName } from '../contenders/contender.ts';
import { peersAmong } from '../contenders/peers.ts';
import { Site } from '../fleet/site.ts';
import { runMeasured } from '../process/measured-process.ts';
import { formatBytes, formatNumber, formatSeconds } from '../report/format.ts';
import type { Pass, WorkloadResult } from '../result.ts';
import { medianCpuMs } from '../statistics.ts';
import { memoryAtMost, type Target } from '../targets.ts';
import { numbered } from './numbered.ts';
import type { Workload } from './workload.ts';

const PER_REPOSITORY = 1000;
const REPOSITORIES = numbered('bench/scale', 100);
// A peer starts anew for each run: its start is small beside so many, and more would take minutes.
const PEER_REPOSITORIES = REPOSITORIES.slice(0, 10);
const TAGS = REPOSITORIES.length * PER_REPOSITORY;
const PEER_TAGS = PEER_REPOSITORIES.length * PER_REPOSITORY;
const MEMORY_BYTES = 160 * 2 ** 20;
const CLIENTS = [
  ['regfleet scheduler', 'undici'],
  ['regfleet scheduler, sockets', 'sockets'],
] as const;

interface Served {
  readonly source: InMemoryRegistry;
  readonly target: InMemoryRegistry;
  readonly client: string;
}

/** Registries in the process of the bench cost the machine time, not the scheduler. */
export const scheduler: Workload = {
  name: 'scheduler',
  title: `a running scheduler finds ${formatNumber(TAGS)} tags unchanged; regsync the first ${formatNumber(PEER_TAGS)} of them`,
  async measure(run) {
    const repositories = REPOSITORIES.map((name) => ({ name, tags: numbered('v', PER_REPOSITORY) }));
    await using source = await inMemoryRegistry({ repositories });
    await using target = await inMemoryRegistry({ repositories });
    const passes: Pass[] = [];
    for (const [contender, client] of CLIENTS)
      passes.push(
        ...(await schedulerPasses({ source, target, client }, run)).map((pass) => ({ contender, ...pass })),
      );
    passes.push(...(await regsyncPasses(source, target, run)));
    return { tags: TAGS, passes, counts: [] };
  },
  targets: forBothClients((result) => [
    cpuPerTag(result),
    memoryAtMost(result, MEMORY_BYTES, 'regfleet scheduler'),
  ]),
};

/** The first run is not measured: what a start costs is told elsewhere. */
async function schedulerPasses(
  { source, target, client }: Served,
  { passes: wanted, signal, say }: BenchRun,
): Promise<Omit<Pass, 'contender'>[]> {
  await using redis = await startRedis({ persistent: true });
  const job = { sourceHost: source.host, targetHost: target.host, repositories: REPOSITORIES };
  await using site = await Site.start(redis, job, { REGFLEET_HTTP_CLIENT: client });
  await site.serve('scheduler');
  const passes: Omit<Pass, 'contender'>[] = [];
  for (let round = 0; round <= Math.max(1, wanted - 2); round += 1) {
    const beforeMs = site.cpuMs();
    const durationMs = await site.runTask(signal);
    const pass = { durationMs, cpuMs: site.cpuMs() - beforeMs, peakMemoryBytes: site.peakMemoryBytes() };
    say(`${client}, run ${round}: ${formatSeconds(pass.cpuMs)} of CPU, ${formatBytes(pass.peakMemoryBytes)}`);
    if (round > 0) passes.push(pass);
  }
  return passes;
}

async function regsyncPasses(
  source: InMemoryRegistry,
  target: InMemoryRegistry,
  { passes: wanted, programs, signal, say }: BenchRun,
): Promise<Pass[]> {
  const passes: Pass[] = [];
  for (const { name, prepare } of peersAmong(programs, ['regsync'])) {
    for (let round = 0; round < wanted; round += 1) {
      await using folder = await temporaryFolder();
      const home = join(folder.path, 'home');
      await mkdir(home);
      const hosts = { sourceHost: source.host, targetHost: target.host };
      const job = { ...hosts, repositories: PEER_REPOSITORIES, folder: folder.path, home };
      const cost = await runMeasured(await prepare(job), signal);
      say(`${name}: ${formatSeconds(cost.cpuMs)} of CPU`);
      passes.push({ contender: name, ...cost });
    }
  }
  return passes;
}

function cpuPerTag(result: WorkloadResult): Target {
  const perTagMs = (name: ContenderName, tags: number): number => medianCpuMs(result, name) / tags;
  const ours = perTagMs('regfleet scheduler', TAGS);
  const theirs = perTagMs('regsync', PEER_TAGS);
  const figures = `${formatNumber(ours)} ms, regsync ${formatNumber(theirs)} ms`;
  return {
    wanted: 'CPU per tag: at most that of regsync',
    measured: Number.isNaN(theirs) ? `${formatNumber(ours)} ms; regsync did not run` : figures,
    isMet: ours <= theirs,
  };
}
