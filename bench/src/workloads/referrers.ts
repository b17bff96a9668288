import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ArtifactRegistry,
  fillRegistry,
  type MadeArtifact,
  makeArtifact,
  makeImage,
  putManifest,
  startArtifactRegistry,
  temporaryFolder,
} from '@regfleet/harness';
import { describeReferrer, fallbackTag, MEDIA_TYPES, mergeReferrers } from '@regfleet/model';
import type { BenchRun } from '../bench-run.ts';
import { regfleetSync } from '../contenders/regfleet.ts';
import { type Command, runMeasured } from '../process/measured-process.ts';
import { repeatedGets } from '../repeated-gets.ts';
import { formatBytes, formatSeconds } from '../report/format.ts';
import type { Count, Measurements, Pass } from '../result.ts';
import { countOf, totalOf } from '../statistics.ts';
import { atMost, type Target } from '../targets.ts';
import { numbered } from './numbered.ts';
import { twoHeadsPerTag } from './request-targets.ts';
import type { Workload } from './workload.ts';

const TAGS = 1_000;
const REPOSITORY = 'bench/signed';
const TYPES = ['application/spdx+json', 'application/vnd.dev.sigstore.bundle.v0.3+json'] as const;

const SOURCES = {
  'listed by the source': { referrers: { isListing: true } },
  'listed under tags': {},
} as const;
/** `referrers-check`, by whether what is attached was asked about a moment ago. */
const CHECKS = { lately: '1h', again: '0s' } as const;

type SourceKind = keyof typeof SOURCES;
type Check = keyof typeof CHECKS;

const variantOf = (kind: SourceKind, check: Check): string => `${kind}, asked ${check}`;

/** Registries in the process of the bench: requests are what counts here. */
export const referrers: Workload = {
  name: 'referrers',
  title: '1,000 tags with two referrers each that the target holds already, with all of them',
  async measure(run) {
    const measured: Measurements[] = [];
    for (const kind of Object.keys(SOURCES) as SourceKind[]) measured.push(await ofSource(kind, run));
    return {
      tags: TAGS,
      passes: measured.flatMap(({ passes }) => passes),
      counts: measured.flatMap(({ counts }) => counts),
    };
  },
  targets: (measured) =>
    (Object.keys(SOURCES) as SourceKind[]).flatMap((kind) => [
      twoHeadsPerTag(measured, variantOf(kind, 'lately')),
      oneFurtherRequest(measured, variantOf(kind, 'again')),
    ]),
};

async function ofSource(kind: SourceKind, { passes: wanted, signal, say }: BenchRun): Promise<Measurements> {
  const source = await startArtifactRegistry(SOURCES[kind]);
  const target = await startArtifactRegistry();
  await using folder = await temporaryFolder();
  const passes: Pass[] = [];
  const counts: Count[] = [];
  try {
    await fill(source);
    const place = { source, target, folder: folder.path };
    // The first brings all of it.
    await runMeasured(await commandOf('again', place), signal);
    for (let round = 0; round < wanted; round += 1)
      for (const check of Object.keys(CHECKS) as Check[]) {
        source.requests.clear();
        target.requests.clear();
        const cost = await runMeasured(await commandOf(check, place), signal);
        const who = { contender: 'regfleet sync', variant: variantOf(kind, check) } as const;
        say(`${who.variant}: ${formatSeconds(cost.durationMs)}, ${formatBytes(cost.peakMemoryBytes)}`);
        passes.push({ ...who, ...cost });
        if (round > 0) continue;
        counts.push({
          ...who,
          source: source.requests.summary(),
          target: target.requests.summary(),
          repeatedSourceGets: repeatedGets(source.requests.all, []),
          durationMs: cost.durationMs,
        });
      }
    return { tags: TAGS, passes, counts };
  } finally {
    await Promise.all([source.stop(), target.stop()]);
  }
}

/** One config after the other in one file, whose path is what the state is kept by. */
async function commandOf(
  check: Check,
  { source, target, folder }: { source: ArtifactRegistry; target: ArtifactRegistry; folder: string },
): Promise<Command> {
  const home = join(folder, 'home');
  await mkdir(home, { recursive: true });
  const settings = {
    file: { referrers: true, 'referrers-check': CHECKS[check] },
    // A list of tags is read anyway where a filter wants one.
    mapping: { tags: ['regex: v.*'] },
  };
  const hosts = { sourceHost: source.host, targetHost: target.host };
  const job = { ...hosts, repositories: [REPOSITORY], folder, home };
  return regfleetSync(['--state', join(folder, 'state')], settings).prepare(job);
}

/** As clients push: listed by the registry, and where it does not, under the tag of the image. */
async function fill(source: ArtifactRegistry): Promise<void> {
  const tags = numbered('v', TAGS);
  const imageOf = (tag: string) => makeImage({ layers: ['base', tag], format: 'oci' });
  await fillRegistry(source, [{ repository: REPOSITORY, tags, image: imageOf }]);
  const attached = tags.map((tag) => ({ subject: imageOf(tag), artifacts: artifactsOf(imageOf(tag)) }));
  const named = new Map(
    attached.flatMap(({ artifacts }) => artifacts.map((made) => [made.digest as string, made])),
  );
  const image = (name: string): MadeArtifact => named.get(name) as MadeArtifact;
  await fillRegistry(source, [{ repository: REPOSITORY, tags: [...named.keys()], image }]);
  for (const { subject, artifacts } of attached) {
    const listed = artifacts.map((artifact) => describeReferrer(artifact).referrer);
    const bytes = mergeReferrers(undefined, listed) ?? new Uint8Array();
    const list = { mediaType: MEDIA_TYPES.ociIndex, bytes };
    await putManifest(source, REPOSITORY, fallbackTag(subject.digest), list);
  }
}

const artifactsOf = (subject: ReturnType<typeof makeImage>): MadeArtifact[] =>
  TYPES.map((artifactType) =>
    makeArtifact({
      subject,
      artifactType,
      layers: [{ mediaType: artifactType, content: `of ${subject.digest}` }],
    }),
  );

// Listings, and what is asked at once before the first answer tells that the source lists no referrers.
const BESIDES = 100;

function oneFurtherRequest(measured: Measurements, variant: string): Target {
  const { source = {}, target = {} } = countOf(measured, 'regfleet sync', variant) ?? {};
  const perTag = (totalOf(source) + totalOf(target)) / TAGS;
  return atMost(`${variant}: 3 requests per tag, and at most 100 besides`, perTag, 3 + BESIDES / TAGS);
}
