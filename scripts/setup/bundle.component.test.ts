import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type TemporaryFolder, temporaryFolder } from '@regfleet/harness';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from '../check/run.ts';

const SOURCE = 'apps/cli/src/main.ts';
const INSTALLED = 'node_modules/.package-lock.json';

type CurrentBundle = typeof import('@regfleet/cli');
type Setup = typeof import('./bundle.d.mts');

/** A repository with a bundle of one source, of the installed packages, and of a file that there was none of. */
class Repository {
  readonly folder: TemporaryFolder;

  constructor(folder: TemporaryFolder) {
    this.folder = folder;
    for (const name of ['apps/cli/bin', 'scripts/setup'])
      cpSync(join(ROOT, name), this.path(name), { recursive: true });
    this.write(SOURCE, 'source');
    this.write(INSTALLED, 'packages');
  }

  path(name: string): string {
    return join(this.folder.path, name);
  }

  write(name: string, text: string): void {
    mkdirSync(join(this.path(name), '..'), { recursive: true });
    writeFileSync(this.path(name), text);
  }

  load<Module>(name: string): Promise<Module> {
    return import(pathToFileURL(this.path(name)).href) as Promise<Module>;
  }

  async noteBundle(): Promise<CurrentBundle> {
    const loaded = await this.load<CurrentBundle>('apps/cli/bin/current-bundle.mjs');
    const files = [SOURCE, INSTALLED, 'apps/cli/src/other.ts'];
    const inputs = Object.fromEntries(files.map((file) => [file, loaded.changedAtMsOf(file)]));
    this.write('apps/cli/dist/bundle.json', JSON.stringify({ main: 'main-1.js', inputs }));
    return loaded;
  }
}

let repository: Repository;

beforeEach(async () => {
  repository = new Repository(await temporaryFolder());
});

afterEach(() => repository.folder.stop());

describe('cli/current-bundle', () => {
  it('is the bundle that was made of what is there', async () => {
    const { currentBundle } = await repository.noteBundle();
    expect(currentBundle()).toBe(pathToFileURL(repository.path('apps/cli/dist/main-1.js')).href);
  });

  it.each<[string, () => void | Promise<void>]>([
    [
      'a source was changed, though neither its size nor its time tells',
      async () => {
        const { atime, mtime } = await stat(repository.path(SOURCE));
        repository.write(SOURCE, 'sOURCE');
        await utimes(repository.path(SOURCE), atime, mtime);
      },
    ],
    ['a source was added', () => repository.write('apps/cli/src/other.ts', '')],
    ['other packages were installed', () => repository.write(INSTALLED, 'others')],
    ['packages are gone', () => rmSync(repository.path(INSTALLED))],
    ['its note cannot be read', () => repository.write('apps/cli/dist/bundle.json', '{')],
    ['none was made', () => rmSync(repository.path('apps/cli/dist'), { recursive: true })],
  ])('is none where %s', async (_title, change) => {
    const { currentBundle } = await repository.noteBundle();
    await change();
    expect(currentBundle()).toBeUndefined();
  });

  it('is all there is where no sources are', async () => {
    const { currentBundle } = await repository.noteBundle();
    rmSync(repository.path('apps/cli/src'), { recursive: true });
    expect(currentBundle()).toMatch(/main-1\.js$/);
  });
});

describe('scripts/setup/bundle', () => {
  /** What the set-up runs and says where a bundle cannot be made. */
  async function provide(): Promise<{ ran: string[]; said: string[] }> {
    const { provideBundle } = await repository.load<Setup>('scripts/setup/bundle.mjs');
    const ran: string[] = [];
    const said: string[] = [];
    const run = (command: string, args: readonly string[]): string => {
      ran.push([command, ...args].join(' ').replaceAll(`${repository.folder.path}/`, ''));
      return 'no such bundler\n';
    };
    provideBundle({ run, say: (line) => void said.push(line) });
    return { ran, said };
  }

  const installTools = (): void => {
    for (const file of ['.bin/node', 'rolldown/package.json']) repository.write(`node_modules/${file}`, '');
  };

  it('makes what is not there, and lets the command run from its sources where that fails', async () => {
    installTools();
    expect(await provide()).toEqual({
      ran: ['node_modules/.bin/node scripts/bundle.ts'],
      said: [
        'the bundle of the command is made',
        expect.stringMatching(/runs from its sources:\nno such bundler/),
      ],
    });
  });

  it('leaves one that is current as it is, and makes none without what makes it', async () => {
    expect(await provide()).toEqual({ ran: [], said: [] });
    installTools();
    await repository.noteBundle();
    expect(await provide()).toEqual({ ran: [], said: [] });
  });
});
