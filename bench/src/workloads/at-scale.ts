import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type InMemoryRegistry, inMemoryRegistry, temporaryFolder } from '@regfleet/harness';
import type { BenchRun } from '../bench-run.ts';
import { regfleetSync } from '../contenders/regfleet.ts';
import { runMeasured } from '../process/measured-process.ts';
import { repeatedGets } from '../repeated-gets.ts';
import { formatBytes, formatNumber, formatSeconds } from '../report/format.ts';
import type { Count, Measurements, Pass } from '../result.ts';
import { medianMs, peakBytes } from '../statistics.ts';
import type { Target } from '../targets.ts';
import { numbered } from './numbered.ts';
import { twoHeadsPerTag } from './request-targets.ts';
import type { Workload } from './workload.ts';

const TAGS = 10_000;
const FEW_TAGS = 2_500;
const REPOSITORY = 'bench/scale';
const WANTED_TAGS_PER_SECOND = 1_500;
// Four times the tags may cost this much more memory before we say that memory grows with them.
const FLAT_RATIO = 1.25;

const regfleet = regfleetSync();

/** Registries in the process of the bench: they count by themselves, and cost less than docker-registry. */
export const atScale: Workload = {
  name: 'e',
  title: '10,000 tags that the target holds already, in registries in memory',
  async measure(run) {
    const passes: Pass[] = [];
    const counts: Count[] = [];
    for (let round = 0; round < run.passes; round += 1) {
      for (const tags of round % 2 === 0 ? [TAGS, FEW_TAGS] : [FEW_TAGS, TAGS]) {
        const { pass, count } = await onePass(tags, run);
        passes.push(pass);
        if (round === 0) counts.push(count);
      }
    }
    return { tags: TAGS, passes, counts };
  },
  targets: (measured) => [
    tagsPerSecond(measured),
    flatMemory(measured),
    twoHeadsPerTag(measured, variantOf(TAGS)),
  ],
};

async function onePass(tags: number, { signal, say }: BenchRun): Promise<{ pass: Pass; count: Count }> {
  const repositories = [{ name: REPOSITORY, tags: numbered('v', tags) }];
  await using source = await inMemoryRegistry({ repositories });
  await using target = await inMemoryRegistry({ repositories });
  await using folder = await temporaryFolder();
  const home = join(folder.path, 'home');
  await mkdir(home);
  const hosts = { sourceHost: source.host, targetHost: target.host };
  const command = await regfleet.prepare({
    ...hosts,
    repositories: [REPOSITORY],
    folder: folder.path,
    home,
  });
  const cost = await runMeasured(command, signal);
  say(`${variantOf(tags)}: ${formatSeconds(cost.durationMs)}, ${formatBytes(cost.peakMemoryBytes)}`);
  const who = { contender: regfleet.name, variant: variantOf(tags) };
  return {
    pass: { ...who, ...cost },
    count: { ...who, ...requestsOf(source, target), durationMs: cost.durationMs },
  };
}

const requestsOf = (
  source: InMemoryRegistry,
  target: InMemoryRegistry,
): Omit<Count, 'contender' | 'durationMs'> => ({
  source: source.requests.summary(),
  target: target.requests.summary(),
  repeatedSourceGets: repeatedGets(source.requests.all, []),
});

const variantOf = (tags: number): string => `${formatNumber(tags)} tags`;

function tagsPerSecond(measured: Measurements): Target {
  const rate = TAGS / (medianMs(measured, 'regfleet sync', variantOf(TAGS)) / 1000);
  return {
    wanted: `at least ${formatNumber(WANTED_TAGS_PER_SECOND)} tags/s`,
    measured: `${formatNumber(rate)} tags/s`,
    isMet: rate >= WANTED_TAGS_PER_SECOND,
  };
}

function flatMemory(measured: Measurements): Target {
  const ratio =
    peakBytes(measured, 'regfleet sync', variantOf(TAGS)) /
    peakBytes(measured, 'regfleet sync', variantOf(FEW_TAGS));
  return {
    wanted: `memory flat: at most ${FLAT_RATIO}x that of ${variantOf(FEW_TAGS)}`,
    measured: `${formatNumber(ratio)}x`,
    isMet: ratio <= FLAT_RATIO,
  };
}
