import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { pullEverything, runToSuccess, startRegistry, temporaryFolder } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { readRuntimeConfig } from './dockerfile.ts';
import { setModes } from './modes.ts';
import { type Descriptor, OciLayout } from './oci-layout.ts';
import { pushImage } from './push-image.ts';
import { blobFile, imagesIn } from './read-layout.ts';

const annotations = { 'org.opencontainers.image.version': '1.2.3' };
const sha256 = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** A small root file system, whose files are made one after the other as `names` has them. */
async function makeRoot(folder: string, names: readonly string[]): Promise<void> {
  await mkdir(join(folder, 'tmp'), { recursive: true });
  await mkdir(join(folder, 'usr/bin'), { recursive: true });
  for (const name of names) await writeFile(join(folder, 'usr/bin', name), name);
  await symlink('usr/bin', join(folder, 'bin'));
  await chmod(join(folder, 'usr/bin/run'), 0o4700);
  setModes(folder);
}

async function writeLayout(folder: string, names: readonly string[]): Promise<string> {
  const root = join(folder, 'root');
  await makeRoot(root, names);
  const layout = new OciLayout(join(folder, 'layout'));
  const layers = [{ name: 'all', ...(await layout.addLayer(root)) }];
  const made = { runtime: readRuntimeConfig(), layers, created: '2026-01-02T03:04:05Z', annotations };
  const images = (['amd64', 'arm64'] as const).map((architecture) =>
    layout.addImage({ ...made, architecture }),
  );
  layout.tag(layout.addIndex(images, annotations), '1.2.3');
  layout.finish();
  return join(folder, 'layout');
}

describe('image/oci-layout', () => {
  it('is the same whoever makes it, and when', async () => {
    await using folder = await temporaryFolder();
    const first = await writeLayout(join(folder.path, 'a'), ['run', 'other']);
    const umask = process.umask(0o077);
    const second = await writeLayout(join(folder.path, 'b'), ['other', 'run']).finally(() =>
      process.umask(umask),
    );
    expect(await readFile(join(second, 'index.json'))).toEqual(await readFile(join(first, 'index.json')));
    expect(await readdir(join(second, 'blobs/sha256'))).toEqual(await readdir(join(first, 'blobs/sha256')));
  });

  it('has each blob by its digest and size, up to the files of the layers', async () => {
    await using folder = await temporaryFolder();
    const layout = await writeLayout(folder.path, ['run']);
    expect(JSON.parse(await readFile(join(layout, 'oci-layout'), 'utf8'))).toEqual({
      imageLayoutVersion: '1.0.0',
    });
    const read = async ({ digest, size }: Descriptor) => {
      const bytes = await readFile(blobFile(layout, digest));
      expect({ digest: sha256(bytes), size: bytes.length }).toEqual({ digest, size });
      return bytes;
    };
    const json = async (descriptor: Descriptor) => JSON.parse((await read(descriptor)).toString());
    const index = await json(imagesIn(layout).get('1.2.3') as Descriptor);
    expect(index.manifests.map(({ platform }: Descriptor) => platform)).toEqual([
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64' },
    ]);
    for (const descriptor of index.manifests) {
      const manifest = await json(descriptor);
      const config = await json(manifest.config);
      expect(config).toMatchObject({
        os: 'linux',
        architecture: descriptor.platform.architecture,
        config: { User: '10001:10001', Entrypoint: ['regfleet'], Labels: annotations },
      });
      const [layer] = manifest.layers;
      const archive = gunzipSync(await read(layer));
      expect(config.rootfs).toEqual({ type: 'layers', diff_ids: [sha256(archive)] });
      expect(config.history).toHaveLength(1);
      const listed = await runToSuccess(
        [
          'tar',
          '--list',
          '--verbose',
          '--gzip',
          '--numeric-owner',
          '--full-time',
          '-f',
          blobFile(layout, layer.digest),
        ],
        { env: { TZ: 'UTC' } },
      );
      expect(
        listed
          .trim()
          .split('\n')
          .map((line) => line.replace(/\s+/g, ' ')),
      ).toEqual([
        'lrwxrwxrwx 0/0 0 1970-01-01 00:00:00 bin -> usr/bin',
        'drwxrwxrwt 0/0 0 1970-01-01 00:00:00 tmp/',
        'drwxr-xr-x 0/0 0 1970-01-01 00:00:00 usr/',
        'drwxr-xr-x 0/0 0 1970-01-01 00:00:00 usr/bin/',
        '-rwxr-xr-x 0/0 3 1970-01-01 00:00:00 usr/bin/run',
      ]);
    }
  });

  it('is pushed by the direct relay, under another tag', async () => {
    await using registry = await startRegistry({ htpasswd: { username: 'joe', password: 'secret' } });
    await using folder = await temporaryFolder();
    const layout = await writeLayout(folder.path, ['run']);
    const config = join(folder.path, 'config.yaml');
    await writeFile(
      config,
      `registries:\n  '${registry.host}': { username: joe, password: secret }\ntasks: []\n`,
      { mode: 0o600 },
    );
    const io = { signal: AbortSignal.timeout(30_000), env: {} };
    const target = `${registry.host}/team/regfleet:next`;
    const digest = await pushImage({ layout, target, config }, io);
    const pulled = await pullEverything(registry, 'team/regfleet', 'next');
    expect(pulled.digest).toBe(digest);
    expect([...pulled.manifests.map((manifest) => manifest.digest), ...pulled.blobs].length).toBe(
      (await readdir(join(layout, 'blobs/sha256'))).length,
    );
    await expect(pushImage({ layout, target }, io)).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    await expect(pushImage({ layout, target, image: 'other' }, io)).rejects.toThrow(
      'has 1.2.3, and not other',
    );
    await expect(pushImage({ layout: folder.path, target }, io)).rejects.toThrow('is no OCI layout');
  });
});
