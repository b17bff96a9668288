import { isAscii } from 'node:buffer';
import { statSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { join } from 'node:path';
import { BUNDLE_FOLDER, BUNDLE_NOTE, type BundleNote } from '@regfleet/cli';
import { fillRegistry, Regfleet, temporaryFolder } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { Site } from './site.ts';

const ROOT = join(import.meta.dirname, '../..');

/** For `NODE_OPTIONS`: writes the files that the process has loaded, one a line, when it ends. */
function tellLoaded(file: string): string {
  const script = `import fs from 'node:fs'; import module from 'node:module'; const loaded = [];
    module.registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
    process.on('exit', () => fs.writeFileSync('${file}', loaded.join('\\n')));`;
  return `--import=data:text/javascript,${encodeURIComponent(script)}`;
}

/** For `NODE_OPTIONS`: writes those of Node's own modules that the process has loaded, one a line, when it ends. */
function tellBuiltins(file: string): string {
  const script = `import fs from 'node:fs';
    process.on('exit', () => fs.writeFileSync('${file}', process.moduleLoadList.join('\\n')));`;
  return `--import=data:text/javascript,${encodeURIComponent(script)}`;
}

async function loadedFiles(file: string): Promise<string[]> {
  const urls = (await readFile(file, 'utf8')).split('\n');
  return urls
    .filter((url) => url.startsWith('file:'))
    .map((url) => url.replace(/^.*\/(?=apps\/|node_modules\/)/, ''));
}

/** Each file of the bundle by its name. */
async function bundleFiles(): Promise<Map<string, Buffer>> {
  const { files } = JSON.parse(await readFile(BUNDLE_NOTE, 'utf8')) as BundleNote;
  const read = async (file: string): Promise<[string, Buffer]> => [
    file,
    await readFile(BUNDLE_FOLDER + file),
  ];
  return new Map(await Promise.all(files.map(read)));
}

describe('system/bundle', () => {
  it('is ASCII without comments, and its maps lead to the line and the column of a source', async () => {
    const files = await bundleFiles();
    expect([...files].filter(([, bytes]) => !isAscii(bytes)).map(([file]) => file)).toEqual([]);
    const clipped = /\\u2026 \(\$\{(?=text\.length\} characters)/;
    const [file, bytes] = [...files].find(([, text]) => clipped.test(text.toString())) ?? [];
    const lines = `${bytes}`.split('\n');
    expect(lines.filter((line) => line.startsWith('/**'))).toEqual([]);
    const at = lines.findIndex((line) => clipped.test(line));
    const { index, 0: before } = clipped.exec(lines[at] ?? '') as RegExpExecArray;
    const map = JSON.parse(await readFile(`${BUNDLE_FOLDER}${file}.map`, 'utf8')) as SourceMapPayload;
    const entry = new SourceMap(map).findEntry(at, index + before.length);
    if (!('originalSource' in entry)) throw new Error('not mapped');
    const { originalSource, originalLine, originalColumn } = entry;
    const source = map.sourcesContent[map.sources.indexOf(originalSource)]?.split('\n')[originalLine] ?? '';
    expect(source.slice(0, originalColumn)).toMatch(/\}… \(\$\{$/);
  });

  it('holds all of a fleet: queue, scheduler, worker and the servers beside them', async () => {
    await using site = await Site.start();
    await fillRegistry(site.source, [{ repository: 'app', tags: ['v1', 'v2'] }]);
    const file = join(site.folder.path, 'loaded');
    const task = {
      name: 'app',
      // Not while this runs.
      schedule: '0 0 29 2 *',
      source: { registry: site.source.host, 'skip-tls-verify': true },
      target: { registry: site.target.host, 'skip-tls-verify': true },
      mappings: [{ from: 'app' }],
    };
    const regfleet = await site.command({ relay: 'direct', tasks: [task] });
    const traced = await site.command({ relay: 'direct', tasks: [task] }, { NODE_OPTIONS: tellLoaded(file) });
    const { process } = await site.serve(traced, 'up');
    await regfleet.runTask('app');
    const copied = [`${site.source.host}/app:v1`, `${site.target.host}/else:v1`];
    await regfleet.json(['copy', ...copied, '--wait']);
    process.kill();
    expect(await process.exited).toEqual({ code: 0, signal: null });
    const loaded = await loadedFiles(file);
    // But what packs BullMQ's commands faster where it could be built.
    const bundled = /^(?:apps\/cli\/(?:dist|bin)\/[^/]+|node_modules\/@?msgpackr-extract\/.*)$/;
    expect(loaded.filter((path) => !bundled.test(path))).toEqual([]);
    expect(process.stderr()).toBe('');
  });

  it('loads for "--version" and "--help" neither config nor registries nor queue', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'loaded');
    const command = new Regfleet({ env: { NODE_OPTIONS: tellLoaded(file) } });
    for (const words of [['--version'], ['sync', '--help']]) {
      expect((await command.run(words)).code).toBe(0);
      const sizes = (await loadedFiles(file)).map((path) => statSync(join(ROOT, path)).size);
      // The parser of the command line is 100 KiB of it; the reader of configs would be 1 MiB.
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(300 * 1024);
    }
  });

  it('loads for a run that copies nothing none of what only some registries, answers and proxies need', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'loaded');
    const config = join(folder.path, 'config.yaml');
    await writeFile(config, 'relay: direct\ntasks: []\n');
    const run = async (script: string): Promise<void> => {
      const command = new Regfleet({ config, env: { NODE_OPTIONS: script } });
      expect((await command.run(['sync', '--once'])).code).toBe(0);
    };
    await run(tellLoaded(file));
    // Each file costs the looking up, the reading and the linking.
    expect((await loadedFiles(file)).length).toBeLessThan(15);
    await run(tellBuiltins(file));
    const loaded = (await readFile(file, 'utf8'))
      .split('\n')
      .map((line) => line.replace('NativeModule ', ''));
    expect(loaded).toContain('http');
    const unused = ['zlib', 'stream/web', 'inspector', 'sqlite', 'console', 'internal/deps/undici/undici'];
    expect(loaded.filter((name) => unused.includes(name))).toEqual([]);
  });
});
