import { parseConfig } from '@regfleet/config';
import { describe, expect, it } from 'vitest';
import { chosenTasks, matchesNone } from './choose-tasks.ts';

const task = (name: string): object => ({
  name,
  source: { registry: 'a.test' },
  target: { registry: 'b.test' },
  mappings: [{ from: name }],
});

const { config } = parseConfig(
  JSON.stringify({ relay: 'direct', tasks: ['app', 'app-two', 'base'].map(task) }),
  {
    file: 'test.yaml',
    env: {},
  },
);

describe('cli/sync/choose-tasks', () => {
  it.each([
    [{}, ['app', 'app-two', 'base']],
    [{ run: '' }, ['app', 'app-two', 'base']],
    [{ run: 'app' }, ['app']],
    [{ run: '!app' }, ['app-two', 'base']],
    [{ run: ' base ' }, ['base']],
    [{ run: ' ' }, []],
    [{ run: 'ap' }, []],
    [{ task: ['base', 'app'] }, ['app', 'base']],
  ])('chooses by %j the tasks %j, and warns where it is none', (choice, names) => {
    if (config === undefined) throw new Error('the config of the test is invalid');
    expect(chosenTasks(config, choice).map(({ name }) => name)).toEqual(names);
    const warning =
      names.length > 0 ? undefined : expect.stringContaining('its tasks are app, app-two, base');
    expect(matchesNone(config, choice)).toEqual(warning);
  });

  it('refuses a name that no task has, and says which is near', () => {
    if (config === undefined) throw new Error('the config of the test is invalid');
    const wrong = expect.objectContaining({ code: 'TASK_UNKNOWN', hint: 'did you mean "app"?' });
    expect(() => chosenTasks(config, { task: ['base', 'apq'] })).toThrow(wrong);
  });
});
