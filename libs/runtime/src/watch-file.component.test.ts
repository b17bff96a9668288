import { mkdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, type TemporaryFolder, temporaryFolder } from '@regfleet/harness';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Watch, watchFile } from './watch-file.ts';

const FAST = { pollMs: 5, quietMs: 10 };

let folder: TemporaryFolder;
let watch: Watch | undefined;

beforeEach(async () => {
  folder = await temporaryFolder();
});

afterEach(async () => {
  watch?.stop();
  await folder.stop();
});

const file = (name: string): string => join(folder.path, name);

/** In one step, as editors do: a look between the two of `writeFile` would find an empty file. */
async function put(name: string, content: string): Promise<void> {
  await writeFile(file(`${name}.new`), content);
  await rename(file(`${name}.new`), file(name));
}

/** Watches and counts; `changes(n)` waits for the nth report. */
function counted(path: string): { changes: (count: number) => Promise<true>; count: () => number } {
  let count = 0;
  watch = watchFile(path, () => void count++, FAST);
  return {
    count: () => count,
    changes: (wanted) => eventually<true>(() => count === wanted, { what: `${wanted} changes` }),
  };
}

describe('runtime/watch-file', () => {
  it('reports new content', async () => {
    await put('config.yaml', 'a');
    const { changes } = counted(file('config.yaml'));
    await put('config.yaml', 'b');
    await changes(1);
    await put('config.yaml', 'c');
    await changes(2);
  });

  it('reports a file that an editor has replaced', async () => {
    await writeFile(file('config.yaml'), 'a');
    const { changes } = counted(file('config.yaml'));
    await writeFile(file('config.yaml.new'), 'b');
    await rename(file('config.yaml.new'), file('config.yaml'));
    await changes(1);
  });

  it('reports the swap of a mounted ConfigMap', async () => {
    await mkdir(file('..v1'));
    await mkdir(file('..v2'));
    await writeFile(file('..v1/config.yaml'), 'a');
    await writeFile(file('..v2/config.yaml'), 'b');
    await symlink('..v1', file('..data'));
    await symlink('..data/config.yaml', file('config.yaml'));
    const { changes } = counted(file('config.yaml'));
    await symlink('..v2', file('..data_tmp'));
    await rename(file('..data_tmp'), file('..data'));
    await rm(file('..v1'), { recursive: true });
    await changes(1);
  });

  it('takes a touched file with the same content for unchanged', async () => {
    await put('config.yaml', 'a');
    const { changes, count } = counted(file('config.yaml'));
    await utimes(file('config.yaml'), 1, 1);
    await put('config.yaml', 'a');
    expect(count()).toBe(0);
    await put('config.yaml', 'b');
    await changes(1);
  });

  it('takes a missing file for unchanged, and reports it when it returns with other content', async () => {
    await put('config.yaml', 'a');
    const { changes, count } = counted(file('config.yaml'));
    await rm(file('config.yaml'));
    await put('config.yaml', 'b');
    await changes(1);
    expect(count()).toBe(1);
  });

  it('reports several writes in a row once', async () => {
    await writeFile(file('config.yaml'), '0');
    let count = 0;
    watch = watchFile(file('config.yaml'), () => void count++, { pollMs: 1, quietMs: 300 });
    for (let write = 1; write <= 20; write++) await writeFile(file('config.yaml'), String(write));
    await eventually(() => count > 0);
    expect(count).toBe(1);
  });
});
