import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TemporaryFolder, temporaryFolder } from '@regfleet/harness';
import { type Logger, parseDigest, type SyncRecord, silentLogger } from '@regfleet/model';
import { localRedisName } from '@regfleet/runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRecordFile, type RecordFile } from './record-file.ts';

const digest = (letter: string) => parseDigest(`sha256:${letter.repeat(64)}`);
const key = (tag: string) => ({ target: `target.test/app:${tag}`, platform: 'linux/amd64' });

const changed = (syncedAtMs = Date.now()): SyncRecord => ({
  relay: 'docker',
  syncedAtMs,
  sourceDigest: digest('a'),
  targetDigest: digest('b'),
  sourceKey: 'abcdefgh',
});

describe('cli/sync/record-file', () => {
  let folder: TemporaryFolder;
  let warnings: string[];
  let logger: Logger;

  beforeEach(async () => {
    folder = await temporaryFolder();
    warnings = [];
    logger = { ...silentLogger, warn: (_, message) => warnings.push(message) };
  });

  afterEach(() => folder.stop());

  const configFile = (name = 'a.yaml'): string => join(folder.path, name);
  const stateFolder = async (name?: string): Promise<string> =>
    join(folder.path, 'state', await localRedisName(configFile(name)));
  const pathOf = async (): Promise<string> => join(await stateFolder(), 'sync-records');
  const open = (given: { name?: string; limit?: number; saveEveryMs?: number } = {}): Promise<RecordFile> =>
    openRecordFile({
      state: join(folder.path, 'state'),
      configFile: configFile(given.name),
      logger,
      ...given,
    });

  it('keeps for the next process what a comparison cannot tell, privately and for this config alone', async () => {
    const first = await open();
    const record = changed();
    await first.set(key('changed'), record);
    await first.set(key('kept'), { ...record, targetDigest: record.sourceDigest });
    await first.close();
    const next = await open();
    expect(await next.get(key('changed'))).toEqual(record);
    expect(await next.get(key('kept'))).toBeUndefined();
    expect(await (await open({ name: 'b.yaml' })).get(key('changed'))).toBeUndefined();
    expect((await stat(await stateFolder())).mode & 0o777).toBe(0o700);
    expect((await stat(await pathOf())).mode & 0o777).toBe(0o600);
    expect(await readdir(await stateFolder())).toEqual(['sync-records']);
    expect(warnings).toEqual([]);
  });

  it('is bounded: what was not asked about for longest goes first, and what is too old is not believed', async () => {
    const first = await open({ limit: 2 });
    await first.set(key('old'), changed(0));
    for (const tag of ['a', 'b', 'c']) await first.set(key(tag), changed());
    await first.get(key('a'));
    await first.close();
    const next = await open();
    const known = await Promise.all(['a', 'b', 'c', 'old'].map((tag) => next.get(key(tag))));
    expect(known.map((record) => record !== undefined)).toEqual([true, false, true, false]);
  });

  it('is written while the process goes on, without taking away what another one has written', async () => {
    const [first, second] = [await open({ saveEveryMs: 0 }), await open()];
    await first.set(key('first'), changed());
    await first.close();
    await second.set(key('second'), changed());
    await second.close();
    await first.set(key('third'), changed());
    await first.close();
    const next = await open();
    for (const tag of ['first', 'second', 'third']) expect(await next.get(key(tag))).toBeDefined();
  });

  it('takes what it can of a damaged file, says so, and mends it', async () => {
    const first = await open();
    for (const tag of ['a', 'b']) await first.set(key(tag), changed());
    await first.close();
    const text = await readFile(await pathOf(), 'utf8');
    await writeFile(await pathOf(), text.slice(0, -60));
    const next = await open();
    expect(await next.get(key('a'))).toBeDefined();
    expect(warnings).toEqual([expect.stringContaining('cannot be read')]);
    await next.set(key('b'), changed());
    await next.close();
    expect(await (await open()).get(key('b'))).toBeDefined();
    expect(warnings).toHaveLength(1);
  });

  it.each([
    ['binary', Buffer.from([0, 255, 10, 13])],
    ['empty', ''],
    ['of another form', 'regfleet sync records 9\nx'],
  ])('begins anew where the file is %s', async (_, content) => {
    await (await open()).close();
    await writeFile(await pathOf(), content);
    const next = await open();
    expect(warnings).toHaveLength(1);
    await next.set(key('a'), changed());
    await next.close();
    expect(await (await open()).get(key('a'))).toBeDefined();
  });

  it('follows no link, and puts a file in its place', async () => {
    const elsewhere = join(folder.path, 'elsewhere');
    await writeFile(elsewhere, 'precious');
    await (await open()).close();
    await symlink(elsewhere, await pathOf());
    const next = await open();
    await next.set(key('a'), changed());
    await next.close();
    expect(await readFile(elsewhere, 'utf8')).toBe('precious');
    expect(await (await open()).get(key('a'))).toBeDefined();
  });

  it('says that records are lost where the folder cannot be written any more, and fails nothing', async () => {
    const first = await open();
    await mkdir(`${await pathOf()}.${process.pid}`);
    await first.set(key('a'), changed());
    await first.close();
    expect(warnings).toEqual([expect.stringContaining('cannot be written')]);
  });

  it('refuses at once a folder that cannot be one', async () => {
    await writeFile(join(folder.path, 'state'), '');
    await expect(open()).rejects.toMatchObject({
      code: 'USAGE_INVALID',
      hint: expect.stringContaining('--state'),
    });
    await expect(openRecordFile({ state: '', configFile: configFile(), logger })).rejects.toMatchObject({
      code: 'USAGE_INVALID',
    });
  });
});
