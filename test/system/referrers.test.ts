import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  digestOf,
  listTags,
  makeArtifact,
  makeImage,
  pullEverything,
  pushArtifact,
  pushImage,
  Regfleet,
  startArtifactRegistry,
  temporaryFolder,
} from '@regfleet/harness';
import { cosignTags } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { attachedTo, attachTogether } from './attach-together.ts';
import { plain, type Run, Site } from './site.ts';

const IMAGE = makeImage({ layers: ['app'], format: 'oci' });

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
      const { listed, wanted } = await attachTogether({ referrers: 40, honoursConditions });
      expect(listed).toEqual(wanted);
    },
  );
});
