import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runCommand, type TemporaryFolder, temporaryFolder } from '@regfleet/harness';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pageOf } from '../named-tests.ts';

const ROOT = join(import.meta.dirname, '../..');

/** A step of the page: a file to write, or lines to add to one that is there. */
interface Step {
  readonly kind: 'ts' | 'diff';
  readonly file: string;
  readonly text: string;
}

const STEPS: readonly Step[] = [
  ...pageOf('extending.md').matchAll(/^```(?<kind>ts|diff) (?<file>\S+)\n(?<text>.*?)^```$/gms),
].map(({ groups }) => groups as unknown as Step);

const CONFIG = `relay: toy
toy:
  box: attic
tasks:
- name: toys
  source:
    registry: shop.toys.example
    lister:
      type: toy
      shelf: top
  target:
    registry: registry.example.com
  mappings:
  - from: regex:top/.*
    to: regex:top/,mirror/
    tags: [latest]
`;

// As the command does it, without the command around it.
const USE = `import { loadConfig } from '@regfleet/config';
import { parseReference, silentLogger } from '@regfleet/model';
import { createRegistries } from '@regfleet/registry';
import { openRelay } from '@regfleet/relay';

const { config } = await loadConfig('config.yaml', { env: {} });
const { source } = config.tasks[0];
const registries = createRegistries({ logger: silentLogger, env: {} });
const names = await registries.lister(source, config.lister).list();
const digests = await Array.fromAsync(registries.connect(source).listDigests('top/bear'));
const provider = await registries.provider(source);
const relay = await openRelay(config.relay, config, { logger: silentLogger });
const reference = { ...source.registry, registry: source.registry.host, repository: 'top/bear', tag: 'latest' };
const sourceDigest = 'sha256:' + '0'.repeat(64);
const copied = await relay.copy({ source: reference, target: reference, relay: config.relay, sourceDigest }, {});
await relay.close();
await registries.close();
console.log(JSON.stringify({ names, digests, provider, copied, box: config.toy.box }));
`;

/** The files of the repository that git does not ignore, with its packages as they are there and every other as installed here. */
async function copyRepository(folder: string): Promise<void> {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const files = listed.split('\0').filter((file) => file !== '' && existsSync(join(ROOT, file)));
  for (const file of files) await cp(join(ROOT, file), join(folder, file));
  await linkModules('node_modules', folder);
  await linkModules('apps/cli/node_modules', folder);
}

async function linkModules(modules: string, folder: string): Promise<void> {
  await mkdir(join(folder, modules), { recursive: true });
  for (const name of await readdir(join(ROOT, modules)).catch(() => [])) {
    // These are links to folders beside them.
    if (name === '@regfleet')
      await cp(join(ROOT, modules, name), join(folder, modules, name), {
        recursive: true,
        verbatimSymlinks: true,
      });
    else await symlink(join(ROOT, modules, name), join(folder, modules, name));
  }
}

async function follow({ kind, file, text }: Step, folder: string): Promise<void> {
  const path = join(folder, file);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, kind === 'ts' ? text : added(await readFile(path, 'utf8'), text), {
    flag: kind === 'ts' ? 'wx' : 'w',
  });
}

/** The lines of each hunk that begin with a blank stand in the file, once; those that begin with + go between them. */
function added(text: string, diff: string): string {
  return diff.split('\n\n').reduce((changed, hunk) => {
    const lines = hunk.split('\n').filter((line) => line !== '');
    const before = lines.filter((line) => line.startsWith(' '));
    const [old, fresh] = [before, lines].map((some) => some.map((line) => `${line.slice(1)}\n`).join(''));
    if (old === undefined || changed.split(old).length !== 2) throw new Error(`not there, or twice: ${old}`);
    return changed.replace(old, () => fresh ?? '');
  }, text);
}

describe('docs/extending.md', () => {
  let folder: TemporaryFolder;
  const inCopy = async (...argv: string[]) => {
    const { code, stdout, stderr } = await runCommand(argv, { cwd: folder.path, timeoutMs: 120_000 });
    return { code, output: `${stdout}${stderr}` };
  };
  const node = (...words: string[]) => inCopy(process.execPath, ...words);
  const tool = (name: string, ...words: string[]) => inCopy(join(ROOT, 'node_modules/.bin', name), ...words);

  beforeAll(async () => {
    folder = await temporaryFolder();
    await copyRepository(folder.path);
    for (const step of STEPS) await follow(step, folder.path);
    await writeFile(join(folder.path, 'config.yaml'), CONFIG);
  });

  afterAll(() => folder?.[Symbol.asyncDispose]());

  it('leads to sources whose types fit', async () => {
    // Declarations would name the libraries by where they are installed, which is elsewhere.
    const argv = ['-p', 'tsconfig.json', '--declaration', 'false'];
    expect(await tool('tsc', ...argv)).toEqual({ code: 0, output: '' });
  });

  it('leads to sources that keep to the import table, the format and the lint rules', async () => {
    expect(await node('scripts/boundaries.ts')).toEqual({ code: 0, output: '' });
    const files = new Set(STEPS.map(({ file }) => file).filter((file) => file.endsWith('.ts')));
    const { code, output } = await tool('biome', 'check', '--error-on-warnings', ...files);
    expect(code, output).toBe(0);
  });

  it('adds listers, a relay and a provider that a config can use', async () => {
    await writeFile(join(folder.path, 'use.mjs'), USE);
    const { code, output } = await node('use.mjs');
    expect(code, output).toBe(0);
    expect(JSON.parse(output)).toEqual({
      names: ['top/bear', 'top/train'],
      digests: [[{ tag: 'bear', digest: `sha256:${'b'.repeat(64)}`, isIndex: false }]],
      provider: 'toy',
      copied: { outcome: 'unchanged', targetDigest: `sha256:${'0'.repeat(64)}` },
      box: 'attic',
    });
  });

  it('adds a lister and a relay that configs are checked by', async () => {
    const validate = () => node('apps/cli/bin/regfleet.mjs', 'validate', '-c', 'config.yaml');
    expect(await validate()).toEqual({
      code: 0,
      output: 'config.yaml: valid, 1 task (0 errors, 0 warnings)\n',
    });
    await writeFile(join(folder.path, 'config.yaml'), CONFIG.replace('      shelf: top\n', ''));
    const { code, output } = await validate();
    expect(code).toBe(2);
    expect(output).toContain('the toy lister needs a shelf');
  });

  it('adds a lister and a relay that the config reference tells of', async () => {
    expect(await node('scripts/generate.ts')).toMatchObject({ code: 0 });
    const page = await readFile(join(folder.path, 'docs/config.md'), 'utf8');
    for (const said of [
      '`toy`: the toys on a shelf',
      '`toy`: out of a box',
      '| `box` | text |',
      '| `shelf` | text |',
    ])
      expect(page).toContain(said);
  });

  it('adds a command that help shows and that runs', async () => {
    expect((await node('apps/cli/bin/regfleet.mjs', '--help')).output).toMatch(/^ +toy .*play with toys$/m);
    expect(await node('apps/cli/bin/regfleet.mjs', 'toy', '--loud')).toEqual({ code: 0, output: 'TOOT\n' });
  });
});
