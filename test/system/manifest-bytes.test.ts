import { readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  makeImage,
  makeIndex,
  pushImage,
  pushIndex,
  Regfleet,
  skopeoManifest,
  startRegistry,
  temporaryFolder,
} from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Run } from './site.ts';

/** Where regfleet finds programs: Node and nothing else. */
const ONLY_NODE = dirname(process.execPath);
const PLATFORMS = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm64', variant: 'v8' },
  { os: 'windows', architecture: 'amd64' },
];
const FORMATS = ['oci', 'docker'] as const;
const TAGS = FORMATS.flatMap((format) => [`${format}-index`, `${format}-image`]);

describe('system/manifest-bytes', () => {
  it('are those of the source for every tag, index and child, as skopeo reads both sides', async () => {
    expect(await readdir(ONLY_NODE)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(skopeo|docker|redis-server)$/)]),
    );
    await using source = await startRegistry();
    await using target = await startRegistry();
    await using folder = await temporaryFolder();
    for (const format of FORMATS) {
      const images = PLATFORMS.map((platform) =>
        makeImage({
          layers: ['base', `${format} ${platform.os} ${platform.architecture}`],
          platform,
          format,
        }),
      );
      await pushIndex(source, 'app', `${format}-index`, makeIndex(images));
      await pushImage(source, 'app', `${format}-image`, makeImage({ layers: ['alone', format], format }));
    }
    const config = join(folder.path, 'config.yaml');
    const plain = ({ host }: { host: string }): object => ({ registry: host, 'skip-tls-verify': true });
    const mappings = [{ from: 'app', to: 'mirror/app', platform: 'all' }];
    const tasks = [{ name: 'app', source: plain(source), target: plain(target), mappings }];
    await writeFile(config, stringify({ relay: 'skopeo', tasks }));

    const regfleet = new Regfleet({ config, env: { PATH: ONLY_NODE } });
    const [run] = (await regfleet.json(['sync', '--relay', 'direct'])) as Run[];

    expect(run).toMatchObject({ outcome: 'succeeded', counts: { copied: TAGS.length } });
    const children: string[] = [];
    for (const tag of TAGS) {
      const manifest = await skopeoManifest(source, 'app', tag);
      expect(await skopeoManifest(target, 'mirror/app', tag), tag).toBe(manifest);
      const { manifests = [] } = JSON.parse(manifest) as { manifests?: { digest: string }[] };
      children.push(...manifests.map(({ digest }) => digest));
    }
    expect(children).toHaveLength(FORMATS.length * PLATFORMS.length);
    for (const digest of children) {
      expect(await skopeoManifest(target, 'mirror/app', digest), digest).toBe(
        await skopeoManifest(source, 'app', digest),
      );
    }
  });
});
