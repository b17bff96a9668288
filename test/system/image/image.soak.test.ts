import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  fillRegistry,
  listTags,
  runToSuccess,
  startDockerd,
  startRegistry,
  type TemporaryFolder,
  temporaryFolder,
} from '@regfleet/harness';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { readRuntimeConfig } from '../../../scripts/image/dockerfile.ts';
import type { Descriptor } from '../../../scripts/image/oci-layout.ts';
import { pushImage } from '../../../scripts/image/push-image.ts';
import { blobFile, imagesIn } from '../../../scripts/image/read-layout.ts';
import { plain, Site } from '../site.ts';
import { type ContainerImage, Containers, stopContainer, whyNoContainers } from './container.ts';

const ROOT = join(import.meta.dirname, '../../..');
const BUILD = [process.execPath, join(ROOT, 'scripts/image.ts')];
const BUILD_MS = 600_000;
const build = (...words: string[]) => runToSuccess([...BUILD, ...words], { cwd: ROOT, timeoutMs: BUILD_MS });
const WITHOUT_NETWORK = ['unshare', '--net', '--'];
const EMULATOR = '/usr/bin/qemu-aarch64-static';

const reason = whyNoContainers();
const title = `soak/image${reason === undefined ? '' : ` (skipped: ${reason})`}`;

describe.skipIf(reason !== undefined)(title, () => {
  let folder: TemporaryFolder;
  let layout: string;
  beforeAll(async () => {
    folder = await temporaryFolder();
    layout = join(folder.path, 'layout');
    process.stdout.write(await build('--output', layout));
  }, BUILD_MS);
  afterAll(() => folder.stop());

  const json = async <T>({ digest }: Descriptor): Promise<T> =>
    JSON.parse(await readFile(blobFile(layout, digest), 'utf8')) as T;

  /** As an engine does it: layer upon layer. */
  async function unpack(variant: 'full' | 'slim'): Promise<ContainerImage> {
    const images = [...imagesIn(layout)].filter(([tag]) => tag.endsWith('-slim') === (variant === 'slim'));
    const [[, image] = []] = images;
    if (image === undefined) throw new Error(`no ${variant} image`);
    const manifest = await json<{ config: Descriptor; layers: Descriptor[] }>(image);
    const { config } = await json<{ config: { User: string; Env: string[]; Entrypoint: string[] } }>(
      manifest.config,
    );
    const root = join(folder.path, variant);
    await mkdir(root);
    for (const { digest } of manifest.layers)
      await runToSuccess([
        'tar',
        '--extract',
        '--gzip',
        `--file=${blobFile(layout, digest)}`,
        `--directory=${root}`,
      ]);
    return { root, user: config.User, env: config.Env, entrypoint: config.Entrypoint };
  }

  /** Two registries and a Redis, the first with images, and a config for them. */
  async function openSite(relays: readonly string[]) {
    const site = await Site.start();
    await fillRegistry(site.source, [{ repository: 'app', tags: ['1.35.0', '1.36.0', '1.36.1'] }]);
    const configFolder = join(site.folder.path, 'config');
    await mkdir(configFolder);
    const tasks = relays.map((relay) => ({
      name: relay,
      relay,
      // Fires in no test: a run that is asked for would be skipped beside one of the schedule.
      schedule: '0 0 29 2 *',
      source: plain(site.source),
      target: plain(site.target),
      mappings: [{ from: 'app', to: `mirror/${relay}`, tags: ['semver: >=1.36.0'] }],
    }));
    await writeFile(join(configFolder, 'config.yaml'), stringify({ redis: { url: site.redis.url }, tasks }));
    const expectMirrored = async () => {
      for (const relay of relays)
        expect(await listTags(site.target, `mirror/${relay}`)).toEqual(['1.36.0', '1.36.1']);
    };
    return { site, configFolder, expectMirrored };
  }

  /** @throws {Error} with what it printed, unless it ends well. */
  async function succeed(containers: Containers, words: readonly string[]): Promise<string> {
    const result = await containers.run(words);
    expect(result, `${words.join(' ')}: ${result.stdout}${result.stderr}`).toMatchObject({ code: 0 });
    return result.stdout;
  }

  async function completeQuickstart(image: ContainerImage, relays: readonly string[]): Promise<void> {
    const { site, configFolder, expectMirrored } = await openSite(relays);
    await using _ = site;
    const containers = new Containers(image, configFolder);
    for (const step of [['validate'], ['login-check'], ['plan'], ['sync', '--once']])
      await succeed(containers, step);
    await expectMirrored();
  }

  it('is the same again, without a network', async () => {
    const again = join(folder.path, 'again');
    await runToSuccess([...WITHOUT_NETWORK, ...BUILD, '--output', again], { cwd: ROOT, timeoutMs: BUILD_MS });
    expect(await readFile(join(again, 'index.json'))).toEqual(await readFile(join(layout, 'index.json')));
  });

  it('is pushed by the direct relay, then pulled and run by docker', async () => {
    await using registry = await startRegistry();
    await using dockerd = await startDockerd();
    const target = `${registry.host}/team/regfleet:full`;
    await pushImage({ layout, target }, { signal: AbortSignal.timeout(120_000), env: {} });
    const docker = (...words: string[]) =>
      runToSuccess(['docker', '--host', dockerd.host, ...words], { timeoutMs: 300_000 });
    await docker('pull', '--quiet', target);
    const hardened = [
      '--read-only',
      '--tmpfs',
      '/tmp',
      '--cap-drop',
      'ALL',
      '--security-opt',
      'no-new-privileges',
    ];
    const run = ['run', '--rm', '--network', 'none', ...hardened];
    expect(await docker(...run, target, 'version')).toMatch(/^regfleet \d/);
    expect(await docker(...run, '--entrypoint', 'skopeo', target, '--version')).toMatch(/^skopeo version/);
  });

  describe('full', () => {
    let image: ContainerImage;
    beforeAll(async () => {
      image = await unpack('full');
    });

    it('runs as a user that can write nothing but temporary files', async () => {
      const { site, configFolder } = await openSite(['direct']);
      await using _ = site;
      const containers = new Containers(image, configFolder);
      const tried = ['/x', '/etc/regfleet/x', '/opt/regfleet/x', '/tmp/x', '/var/tmp/x'];
      const script = `for file in ${tried.join(' ')}; do (: > $file) 2> /tmp/why || echo $file; done`;
      const { stdout } = await containers.exec(['/bin/sh', '-c', script]);
      expect(stdout.trim().split('\n')).toEqual(tried.slice(0, 3));
      const { stdout: ids } = await containers.exec([
        'node',
        '-p',
        '[process.getuid(), ...process.getgroups()]',
      ]);
      expect(JSON.parse(ids)).toEqual([10_001, 10_001]);
    });

    it('completes the quickstart by the direct relay and by skopeo', () =>
      completeQuickstart(image, ['direct', 'skopeo']));

    it('runs a scheduler and a worker, which end when they are told to', async () => {
      const { site, configFolder, expectMirrored } = await openSite(['direct', 'skopeo']);
      await using _ = site;
      const containers = new Containers(image, configFolder);
      const services = [];
      for (const service of ['scheduler', 'worker']) {
        const running = site.keep(
          await containers.start([service, '--host', '127.0.0.1', '--port', '0', '--grace', '10']),
        );
        await running.waitForLine(/health and metrics are served/, 60_000);
        services.push(running);
      }
      for (const task of ['direct', 'skopeo']) await succeed(containers, ['enqueue', task, '--wait']);
      await expectMirrored();
      expect(await succeed(containers, ['status'])).toMatch(/direct/);
      for (const running of services) {
        await stopContainer(running);
        expect(await running.exited).toEqual({ code: 0, signal: null });
      }
    });
  });

  it('completes the quickstart without skopeo in the slim variant', async () => {
    const image = await unpack('slim');
    await completeQuickstart(image, ['direct']);
    const { site, configFolder } = await openSite(['skopeo']);
    await using _ = site;
    const { code, stderr } = await new Containers(image, configFolder).run(['sync', '--once']);
    expect({ code, stderr }).toEqual({ code: expect.any(Number), stderr: expect.stringMatching(/skopeo/) });
    expect(code).not.toBe(0);
  });

  it.skipIf(!existsSync(EMULATOR))(`completes the quickstart on arm64, emulated by ${EMULATOR}`, async () => {
    const root = join(folder.path, 'arm64');
    await build('--root', root, '--architecture', 'arm64');
    // What starts the command is a script, for whose interpreter the kernel would need the emulator.
    const entrypoint = ['/usr/local/bin/node', '/opt/regfleet/bin/regfleet.mjs'];
    const { User: user, Env: env } = readRuntimeConfig();
    await completeQuickstart({ root, user, env, entrypoint, emulator: EMULATOR }, ['direct']);
  });
});
