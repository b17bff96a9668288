import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadConfig, type SyncConfig } from '@regfleet/config';
import { type Resource, temporaryFolder } from '@regfleet/harness';
import { silentLogger } from '@regfleet/model';
import { afterEach, describe, expect, it } from 'vitest';
import { reloadOnChange } from './reload.ts';

const TASK = '{name: NAME, source: {registry: a.test}, target: {registry: b.test}, mappings: [{from: app}]}';
const WITH_TASKS = `relay: direct\ntasks:\n- ${TASK.replace('NAME', 'one')}\n- ${TASK.replace('NAME', 'two')}\n`;

describe('cli/service/reload', () => {
  const started: Resource[] = [];
  afterEach(async () => {
    await Promise.all(started.splice(0).map((resource) => resource.stop()));
  });

  /** What a service makes of a file that becomes `text`: its tasks then, the errors of the log, and what metrics are told. */
  async function reloaded(text: string): Promise<{ tasks: number; errors: string[]; isTaken: boolean }> {
    const folder = await temporaryFolder();
    started.push(folder);
    const file = join(folder.path, 'config.yaml');
    await writeFile(file, WITH_TASKS, { mode: 0o600 });
    const { config } = await loadConfig(file, { env: {} });
    if (config === undefined) throw new Error('not a config');
    let current: SyncConfig = config;
    const errors: string[] = [];
    const ended = Promise.withResolvers<boolean>();
    const logger = { ...silentLogger, error: (_: object, message: string) => void errors.push(message) };
    const reload = (next: SyncConfig): void => {
      current = next;
    };
    let hangUp = (): void => undefined;
    reloadOnChange({
      config,
      terminal: { env: {} },
      logger,
      shutdown: {
        onReload(listener) {
          hangUp = listener;
        },
      },
      metrics: { configRead: (isTaken) => ended.resolve(isTaken) },
      parts: [{ reload, drain: async () => undefined }],
    });
    await writeFile(file, text);
    hangUp();
    const isTaken = await ended.promise;
    return { tasks: current.tasks.length, errors, isTaken };
  }

  it.each([
    ['is empty', ''],
    ['has comments only', '# tasks:\n'],
    ['was cut off behind tasks:', WITH_TASKS.slice(0, WITH_TASKS.indexOf('- '))],
    ['was cut off before tasks:', 'relay: direct\nwatch: true\n'],
    ['says null', 'null\n'],
    ['begins with an empty document', `---\n---\n${WITH_TASKS}`],
    ['has no tasks and an error', 'redis: {}\n'],
  ])('keeps every task where the changed file %s', async (_, text) => {
    const { tasks, errors, isTaken } = await reloaded(text);
    expect({ tasks, isTaken }).toEqual({ tasks: 2, isTaken: false });
    expect(errors.at(-1)).toMatch(/the last valid one stays in force/);
  });

  it.each([
    ['tasks: [] is written', 'relay: direct\ntasks: []\n', 0],
    ['one task is left', WITH_TASKS.slice(0, WITH_TASKS.lastIndexOf('- ')), 1],
  ])('takes tasks away where %s', async (_, text, left) => {
    expect(await reloaded(text)).toEqual({ tasks: left, errors: [], isTaken: true });
  });
});
