import { type MadeImage, makeImage, type RepositoryFill } from '@regfleet/harness';
import { regfleetSync } from '../contenders/regfleet.ts';
import { countedPass } from '../pass.ts';
import type { Count, Measurements } from '../result.ts';
import { Stage, type Subject } from '../stage.ts';
import { atMost, type Target } from '../targets.ts';
import { type BlobTraffic, blobTraffic } from './blob-traffic.ts';
import { numbered } from './numbered.ts';
import type { Workload } from './workload.ts';

interface Scenario {
  readonly name: string;
  readonly subject: Subject;
  /** What this scenario tells, by the names of `FACTS`. */
  facts(traffic: BlobTraffic): Readonly<Record<string, number>>;
}

const FACTS = {
  newLarge: 'requests per new large blob',
  newSmall: 'requests per new small blob, without HEADs',
  newSmallHeads: 'HEADs per new small blob',
  mountable: 'requests per mountable blob',
  present: 'requests per present blob',
  known: 'requests per blob known to be present',
} as const;

// Larger than what is sent on a presumption, and small enough to make the bytes irrelevant.
const LARGE_BYTES = 300 * 1024;
const SMALL_BYTES = 8 * 1024;

const SHARED = layers('shared', 5);
const V1 = makeImage({ layers: SHARED });
const V2 = makeImage({ layers: [...SHARED, ...layers('added', 1)] });
const SHARED_DIGESTS = V1.layers.map((layer) => layer.digest);

const only = (repository: string, images: Readonly<Record<string, MadeImage>>): RepositoryFill => ({
  repository,
  tags: Object.keys(images),
  image: (tag) => images[tag] ?? { layers: [] },
});

const SCENARIOS: readonly Scenario[] = [
  {
    name: 'one image of new large blobs',
    subject: { fills: [only('bench/large', { v1: V1 })] },
    facts: (traffic) => ({ [FACTS.newLarge]: (traffic.unasked + traffic.heads) / traffic.uploaded }),
  },
  {
    name: '50 tags of new small blobs',
    subject: {
      fills: [
        {
          repository: 'bench/small',
          tags: numbered('v', 50),
          image: (tag) => ({ layers: numbered(tag, 2).map((seed) => ({ sizeBytes: SMALL_BYTES, seed })) }),
        },
      ],
    },
    facts: (traffic) => ({
      [FACTS.newSmall]: traffic.unasked / traffic.uploaded,
      [FACTS.newSmallHeads]: traffic.heads / traffic.uploaded,
    }),
  },
  {
    name: 'the same image in two repositories',
    subject: { fills: [only('bench/one', { v1: V1 }), only('bench/two', { v1: V1 })] },
    facts: (traffic) => ({
      [FACTS.mountable]: perBlob(
        traffic.withoutUpload(['bench/one', 'bench/two'], SHARED_DIGESTS),
        SHARED_DIGESTS,
      ),
    }),
  },
  {
    name: 'a second tag whose layers the target holds',
    subject: {
      fills: [only('bench/app', { v1: V1, v2: V2 })],
      targetFills: [only('bench/app', { v1: V1 })],
    },
    facts: (traffic) => ({
      [FACTS.present]: perBlob(traffic.withoutUpload(['bench/app'], SHARED_DIGESTS), SHARED_DIGESTS),
    }),
  },
  {
    name: 'two new tags that share layers',
    subject: { fills: [only('bench/app', { v1: V1, v2: V2 })] },
    facts: (traffic) => ({ [FACTS.known]: perBlob(traffic.beyondFirst(SHARED_DIGESTS), SHARED_DIGESTS) }),
  },
];

/** Requests only: each scenario is one sync through counting proxies. */
export const requestsPerBlob: Workload = {
  name: 'requests',
  title: 'requests that one blob costs `regfleet sync`',
  async measure({ programs, signal, say }) {
    const counts: Count[] = [];
    const facts: Record<string, number> = {};
    let tags = 0;
    for (const { name, subject, facts: factsOf } of SCENARIOS) {
      await using stage = await Stage.open(subject, programs.registry);
      const { log, ...count } = await countedPass(stage, regfleetSync(), signal);
      counts.push({ ...count, variant: name });
      Object.assign(facts, factsOf(blobTraffic(log)));
      tags += stage.filled.length;
      say(`counted: ${name}`);
    }
    return { tags, passes: [], counts, facts };
  },
  targets: (measured) => [
    limit(measured, FACTS.newLarge, 4),
    limit(measured, FACTS.newSmall, 3),
    limit(measured, FACTS.newSmallHeads, 1),
    limit(measured, FACTS.mountable, 1),
    limit(measured, FACTS.present, 1),
    limit(measured, FACTS.known, 0),
    atMost(
      'no digest fetched twice from the source',
      measured.counts.reduce((sum, count) => sum + count.repeatedSourceGets, 0),
      0,
    ),
  ],
};

function limit({ facts = {} }: Measurements, fact: string, most: number): Target {
  return atMost(`at most ${most} ${fact}`, facts[fact] ?? Number.NaN, most);
}

const perBlob = (requests: number, digests: readonly string[]): number => requests / digests.length;

function layers(seed: string, count: number): { sizeBytes: number; seed: string }[] {
  return numbered(`${seed} `, count).map((name) => ({ sizeBytes: LARGE_BYTES, seed: name }));
}
