import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadConfig, type SyncConfig } from '@regfleet/config';
import { temporaryFolder } from '@regfleet/harness';
import { silentLogger } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { type Choice, chosenTasks } from './choose-tasks.ts';
import { runRounds } from './rounds.ts';

const configWith = (name: string): string =>
  `tasks:\n- {name: ${name}, interval: 30, source: {registry: a.test}, target: {registry: b.test}, mappings: [{from: app}]}\n`;

/** The tasks of two rounds, the second one after the file was changed to `changed`, and the errors that were told. */
async function twoRounds(choice: Choice, changed: string): Promise<{ rounds: string[][]; errors: string[] }> {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'config.yaml');
  await writeFile(file, configWith('mirror'), { mode: 0o600 });
  const { config } = await loadConfig(file, { env: {} });
  if (config === undefined) throw new Error('not a config');
  const stop = new AbortController();
  const rounds: string[][] = [];
  const errors: string[] = [];
  const logger = { ...silentLogger, error: (_: object, message: string) => void errors.push(message) };
  const choose = (whole: SyncConfig): SyncConfig => ({ ...whole, tasks: chosenTasks(whole, choice) });
  await runRounds(config, { stop: stop.signal, env: {}, logger, choose }, async ({ tasks }, signal) => {
    rounds.push(tasks.map(({ name }) => name));
    if (rounds.length === 2) stop.abort();
    else await writeFile(file, changed);
    process.emit('SIGHUP');
    expect(signal.aborted).toBe(true);
    return [];
  });
  return { rounds, errors };
}

describe('cli/sync/rounds', () => {
  it.each<[string, Choice, RegExp]>([
    ['a regex chooses none of', { run: 'mirror|copy' }, /none of the tasks that are to run/],
    ['none that is named is among', { task: ['mirror'] }, /config not reloaded/],
  ])('keeps running what it ran where %s the tasks of the changed config', async (_, choice, told) => {
    const { rounds, errors } = await twoRounds(choice, configWith('renamed'));
    expect(rounds).toEqual([['mirror'], ['mirror']]);
    expect(errors).toEqual([expect.stringMatching(told)]);
  });

  it.each<[string, Choice, string, string[]]>([
    ['a regex chooses', { run: 'mirror|copy' }, configWith('copy'), ['copy']],
    ['there is', {}, configWith('renamed'), ['renamed']],
    ['is to run by tasks: []', { run: 'mirror' }, 'tasks: []\n', []],
  ])('runs what %s in the changed config', async (_, choice, changed, names) => {
    expect(await twoRounds(choice, changed)).toEqual({ rounds: [['mirror'], names], errors: [] });
  });
});
