import { Leases } from '@regfleet/fleet';
import {
  type ArtifactRegistry,
  digestOf,
  makeArtifact,
  makeImage,
  pushArtifact,
  pushImage,
  readManifest,
  startArtifactRegistry,
  startRedis,
} from '@regfleet/harness';
import {
  describeReferrer,
  fallbackTag,
  type Location,
  type Manifest,
  MEDIA_TYPES,
  mergeReferrers,
  parseReference,
  parseReferrers,
  parseRegistryName,
  silentLogger,
} from '@regfleet/model';
import { connectFleet, type Fleet } from '@regfleet/queue';
import { createRegistries, type Registries } from '@regfleet/registry';
import { openRelay } from '@regfleet/relay';

const WORKERS = 8;
const THEIRS = 5;
const IMAGE = makeImage({ layers: ['app'], format: 'oci' });

export const attachedTo = (subject: Manifest, content: string) =>
  makeArtifact({
    subject,
    artifactType: 'application/spdx+json',
    layers: [{ mediaType: 'text/plain', content }],
  });

interface Together {
  /** Of one image, spread over the sources of eight processes. */
  readonly referrers: number;
  /** Whether the target minds conditions; then somebody outside of the fleet writes its list as well. */
  readonly honoursConditions: boolean;
}

/** Has processes of one fleet bring referrers of one image to a target that lists none itself. @returns digests, in the same order. */
export async function attachTogether({ referrers, honoursConditions }: Together) {
  await using redis = await startRedis();
  const sources = await Promise.all(
    Array.from({ length: WORKERS }, () => startArtifactRegistry({ referrers: { isListing: true } })),
  );
  const target = await startArtifactRegistry({ honoursConditions });
  const registries = createRegistries({ logger: silentLogger, env: {} });
  const fleets = await Promise.all(
    sources.map(() => connectFleet({ url: redis.url, prefix: 'test', logger: silentLogger })),
  );
  try {
    const ours = Array.from({ length: referrers }, (_, number) => attachedTo(IMAGE, `${number}`));
    await Promise.all(
      sources.map(async (source, worker) => {
        await pushImage(source, 'app', `v${worker}`, IMAGE);
        for (const artifact of ours.filter((_, number) => number % WORKERS === worker))
          await pushArtifact(source, 'app', artifact);
      }),
    );
    await pushImage(target, 'app', 'ready', IMAGE);
    const theirs = Array.from({ length: honoursConditions ? THEIRS : 0 }, (_, index) =>
      attachedTo(IMAGE, `theirs ${index}`),
    );
    const copies = fleets.map((fleet, worker) =>
      copyAs(fleet, registries, {
        source: sources[worker]?.host ?? '',
        target: target.host,
        tag: `v${worker}`,
      }),
    );
    await Promise.all([...copies, attachFromOutside(target, theirs)]);
    const list = parseReferrers((await readManifest(target, 'app', fallbackTag(IMAGE.digest))).bytes) ?? [];
    const digests = (all: readonly { readonly digest: string }[]) => all.map(({ digest }) => digest).sort();
    return { listed: digests(list), wanted: digests([...ours, ...theirs]) };
  } finally {
    await registries.close();
    await Promise.all(fleets.map((fleet) => fleet.close()));
    await Promise.all([...sources, target].map((registry) => registry.stop()));
  }
}

/** As a worker of the fleet does. */
async function copyAs(
  fleet: Fleet,
  registries: Registries,
  { source, target, tag }: { readonly source: string; readonly target: string; readonly tag: string },
): Promise<void> {
  const subjectLeases = new Leases({ store: fleet.leases });
  const relay = await openRelay('direct', {}, { logger: silentLogger, subjectLeases });
  const side = (host: string) => ({
    location: locationOf(host),
    client: registries.connect(locationOf(host)),
    credentials: async () => undefined,
  });
  const name = `app:${tag}`;
  await relay.copy(
    {
      relay: 'direct',
      platform: 'all',
      source: parseReference(`${source}/${name}`),
      target: parseReference(`${target}/${name}`),
    },
    {
      source: side(source),
      target: side(target),
      signal: new AbortController().signal,
      logger: silentLogger,
      verbose: false,
      referrers: { checkMs: 0 },
    },
  );
  await relay.close();
}

const locationOf = (host: string): Location => ({
  registry: parseRegistryName(host),
  auth: { kind: 'anonymous' },
  tls: { skipVerify: true, certsDir: '' },
});

/** As one who honours conditions does. */
async function attachFromOutside(
  target: ArtifactRegistry,
  artifacts: readonly ReturnType<typeof attachedTo>[],
) {
  for (const artifact of artifacts) {
    await pushArtifact(target, 'app', artifact);
    while ((await listFromOutside(target, artifact)) === 412);
  }
}

/** @returns the answer's status: 412 where somebody else has written the list meanwhile. */
async function listFromOutside(target: ArtifactRegistry, artifact: Manifest): Promise<number> {
  const tag = fallbackTag(IMAGE.digest);
  const isThere = (await digestOf(target, 'app', tag)) !== undefined;
  const list = isThere ? await readManifest(target, 'app', tag) : undefined;
  const bytes = mergeReferrers(list?.bytes, [describeReferrer(artifact).referrer]) ?? Buffer.alloc(0);
  const condition = list === undefined ? { 'if-none-match': '*' } : { 'if-match': `"${list.digest}"` };
  const headers = { 'content-type': MEDIA_TYPES.ociIndex, ...condition };
  const url = `${target.url}/v2/app/manifests/${tag}`;
  return (await fetch(url, { method: 'PUT', headers, body: new Uint8Array(bytes) })).status;
}
