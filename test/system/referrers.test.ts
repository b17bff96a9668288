import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Leases } from '@regfleet/fleet';
import {
  digestOf,
  listTags,
  makeArtifact,
  makeImage,
  pullEverything,
  pushArtifact,
  pushImage,
  Regfleet,
  readManifest,
  startArtifactRegistry,
  startRedis,
  temporaryFolder,
} from '@regfleet/harness';
import {
  cosignTags,
  describeReferrer,
  fallbackTag,
  type Manifest,
  MEDIA_TYPES,
  mergeReferrers,
  parseReference,
  parseReferrers,
  parseRegistryName,
  silentLogger,
} from '@regfleet/model';
import { connectFleet } from '@regfleet/queue';
import { createRegistries } from '@regfleet/registry';
import { openRelay } from '@regfleet/relay';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { plain, type Run, Site } from './site.ts';

const IMAGE = makeImage({ layers: ['app'], format: 'oci' });
const WORKERS = 8;
const PER_WORKER = 5;

const attachedTo = (subject: Manifest, content: string) =>
  makeArtifact({
    subject,
    artifactType: 'application/spdx+json',
    layers: [{ mediaType: 'text/plain', content }],
  });

describe('system/referrers', () => {
  it('keeps an unchanged image with its signature in sync by one run after the other', async () => {
    await using folder = await temporaryFolder();
    const [source, target] = [
      await startArtifactRegistry({ referrers: { isListing: true } }),
      await startArtifactRegistry(),
    ];
    try {
      await pushImage(source, 'app', 'v1', IMAGE);
      await pushArtifact(source, 'app', attachedTo(IMAGE, 'first'));
      const [sig = ''] = cosignTags(IMAGE.digest);
      const signature = makeArtifact({ layers: [{ mediaType: 'text/plain', content: 'signature' }] });
      await pushArtifact(source, 'app', signature, sig);
      const config = join(folder.path, 'config.yaml');
      await writeFile(
        config,
        stringify({
          relay: 'direct',
          referrers: true,
          'referrers-check': '0s',
          tasks: [
            {
              name: 'app',
              source: { registry: source.host, 'skip-tls-verify': true },
              target: { registry: target.host, 'skip-tls-verify': true },
              mappings: [{ from: 'app', platform: 'all', tags: ['regex: v.*'] }],
            },
          ],
        }),
      );
      const regfleet = new Regfleet({ config });
      const sync = async () => {
        target.requests.clear();
        source.requests.clear();
        const [run] = (await regfleet.json(['sync', '--state', folder.path])) as Run[];
        return run?.counts;
      };
      expect(await sync()).toMatchObject({ copied: 1, failed: 0 });
      expect((await pullEverything(target, 'app', sig)).digest).toBe(signature.digest);
      expect(await sync()).toMatchObject({ inSync: 1, copied: 0, failed: 0 });
      expect(target.requests.count({ method: 'PUT' })).toBe(0);
      expect(source.requests.count({ method: 'GET', kind: 'referrers' })).toBe(1);
      const late = attachedTo(IMAGE, 'late');
      await pushArtifact(source, 'app', late);
      expect(await sync()).toMatchObject({ copied: 1, failed: 0 });
      expect(await digestOf(target, 'app', late.digest)).toBe(late.digest);
      expect(await sync()).toMatchObject({ inSync: 1, copied: 0, failed: 0 });
    } finally {
      await Promise.all([source.stop(), target.stop()]);
    }
  });

  it('brings them by workers of a fleet, and holds back what is not signed', async () => {
    await using site = await Site.start();
    const signed = await pushImage(site.source, 'app', 'signed', { layers: ['signed'], format: 'oci' });
    await pushImage(site.source, 'app', 'unsigned', { layers: ['unsigned'], format: 'oci' });
    const [sig = ''] = cosignTags(signed.digest);
    const signature = makeArtifact({ layers: [{ mediaType: 'text/plain', content: 'signature' }] });
    await pushArtifact(site.source, 'app', signature, sig);
    const regfleet = await site.command({
      relay: 'direct',
      referrers: true,
      signatures: 'required',
      tasks: [
        {
          name: 'app',
          schedule: '0 0 1 1 *',
          source: plain(site.source),
          target: plain(site.target),
          mappings: [{ from: 'app', to: 'mirror/app', platform: 'all' }],
        },
      ],
    });
    await site.serve(regfleet, 'scheduler');
    await site.serve(regfleet, 'worker');
    const { stdout } = await regfleet.run(['enqueue', 'app', '--wait', '--json']);
    expect(JSON.parse(stdout)).toMatchObject([
      {
        counts: { selected: 2, copied: 1, failed: 1 },
        errors: [{ code: 'SIGNATURE_MISSING', reference: expect.stringContaining('app:unsigned') }],
      },
    ]);
    expect(await listTags(site.target, 'mirror/app')).toEqual([sig, 'signed'].sort());
  });

  it.each([
    ['beside an outsider who minds conditions', true],
    ['at a registry that minds none', false],
  ])(
    'loses nothing where many processes list referrers of one subject %s',
    async (_title, honoursConditions) => {
      await using redis = await startRedis();
      const sources = await Promise.all(
        Array.from({ length: WORKERS }, () => startArtifactRegistry({ referrers: { isListing: true } })),
      );
      const target = await startArtifactRegistry({ honoursConditions });
      const registries = createRegistries({ logger: silentLogger, env: {} });
      const at = (host: string) => ({
        registry: parseRegistryName(host),
        auth: { kind: 'anonymous' as const },
        tls: { skipVerify: true, certsDir: '' },
      });
      const fleets = await Promise.all(
        sources.map(() => connectFleet({ url: redis.url, prefix: 'test', logger: silentLogger })),
      );
      try {
        const ours = sources.map((_, worker) =>
          Array.from({ length: PER_WORKER }, (_, index) => attachedTo(IMAGE, `${worker} ${index}`)),
        );
        await Promise.all(
          sources.map(async (source, worker) => {
            await pushImage(source, 'app', `v${worker}`, IMAGE);
            for (const artifact of ours[worker] ?? []) await pushArtifact(source, 'app', artifact);
          }),
        );
        await pushImage(target, 'app', 'ready', IMAGE);
        const theirs = Array.from({ length: honoursConditions ? PER_WORKER : 0 }, (_, index) =>
          attachedTo(IMAGE, `theirs ${index}`),
        );
        const outsider = async () => {
          for (const artifact of theirs) {
            await pushArtifact(target, 'app', artifact);
            await listed(artifact);
          }
        };
        // As one who honours conditions does.
        const listed = async (artifact: Manifest): Promise<void> => {
          const tag = fallbackTag(IMAGE.digest);
          const isThere = (await digestOf(target, 'app', tag)) !== undefined;
          const list = isThere ? await readManifest(target, 'app', tag) : undefined;
          const bytes = mergeReferrers(list?.bytes, [describeReferrer(artifact).referrer]) ?? Buffer.alloc(0);
          const condition =
            list === undefined ? { 'if-none-match': '*' } : { 'if-match': `"${list.digest}"` };
          const headers = { 'content-type': MEDIA_TYPES.ociIndex, ...condition };
          const url = `${target.url}/v2/app/manifests/${tag}`;
          const { status } = await fetch(url, { method: 'PUT', headers, body: new Uint8Array(bytes) });
          if (status === 412) await listed(artifact);
        };
        const { signal } = new AbortController();
        const copies = sources.map(async (source, worker) => {
          const store = fleets[worker]?.leases;
          const relay = await openRelay(
            'direct',
            {},
            { logger: silentLogger, ...(store && { subjectLeases: new Leases({ store }) }) },
          );
          const side = (host: string) => ({
            location: at(host),
            client: registries.connect(at(host)),
            credentials: async () => undefined,
          });
          const name = `app:v${worker}`;
          await relay.copy(
            {
              relay: 'direct',
              platform: 'all',
              source: parseReference(`${source.host}/${name}`),
              target: parseReference(`${target.host}/${name}`),
            },
            {
              source: side(source.host),
              target: side(target.host),
              signal,
              logger: silentLogger,
              verbose: false,
              referrers: { checkMs: 0 },
            },
          );
          await relay.close();
        });
        await Promise.all([...copies, outsider()]);
        const list = parseReferrers((await readManifest(target, 'app', fallbackTag(IMAGE.digest))).bytes);
        const wanted = [...ours.flat(), ...theirs].map(({ digest }) => digest);
        expect(list?.map(({ digest }) => digest).sort()).toEqual(wanted.sort());
      } finally {
        await registries.close();
        await Promise.all(fleets.map((fleet) => fleet.close()));
        await Promise.all([...sources, target].map((registry) => registry.stop()));
      }
    },
  );
});
