import { parseConfig, type Schedule, type Task } from '@regfleet/config';
import type { RunRecord } from '@regfleet/fleet';
import { RunTally } from '@regfleet/fleet';
import { describe, expect, it } from 'vitest';
import { type NextRun, runTasks } from './run-tasks.ts';

/** Tasks of these names, with the schedules that are given, each with a target of its own unless `routes` says where from and to. */
function tasksOf(
  schedules: Readonly<Record<string, Schedule | undefined>>,
  routes: Readonly<Record<string, readonly [string, string]>> = {},
): Task[] {
  const names = Object.keys(schedules);
  const tasks = names.map((name) => {
    const [source, target] = routes[name] ?? ['a.test', `${name}.test`];
    return { name, source: { registry: source }, target: { registry: target } };
  });
  const { config } = parseConfig(JSON.stringify({ relay: 'direct', tasks }), { file: 'test.yaml', env: {} });
  return (config?.tasks ?? []).map((task) => {
    const schedule = schedules[task.name];
    return schedule === undefined ? task : { ...task, schedule };
  });
}

/** A pass that succeeds. */
function succeeded(task: Task): RunRecord {
  const tally = new RunTally(task.id);
  tally.finish();
  return tally.record;
}

const never = new AbortController().signal;

/** Lets everything that is ready to go on do so. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const OFTEN: Schedule = { kind: 'interval', everyMs: 2 };

describe('cli/sync/run-tasks', () => {
  it('runs every task once where that is asked for, one-off ones first, and gives the runs in the order of the file', async () => {
    const tasks = tasksOf({ periodic: OFTEN, other: undefined, further: OFTEN });
    const events: string[] = [];
    const runs = await runTasks(tasks, { once: true, signal: never }, async (task) => {
      events.push(`${task.id} begins`);
      await settled();
      events.push(`${task.id} ends`);
      return succeeded(task);
    });
    expect(events).toEqual([
      'other begins',
      'other ends',
      'periodic begins',
      'further begins',
      'periodic ends',
      'further ends',
    ]);
    expect(runs.map((run) => run.task)).toEqual(['periodic', 'other', 'further']);
  });

  it.each([
    ['write to the same registry', ['a.test', 'x.test'], ['b.test', 'x.test/mirror']],
    ['where the second reads what the first writes', ['a.test', 'x.test'], ['x.test', 'b.test']],
    ['where the second writes what the first reads', ['docker.io', 'a.test'], ['b.test', 'index.docker.io']],
  ] as const)('runs one-off tasks in their order when they %s', async (_, first, second) => {
    const tasks = tasksOf(
      { first: undefined, apart: undefined, second: undefined },
      { first, second, apart: ['b.test', 'y.test'] },
    );
    const held = Promise.withResolvers<void>();
    const begun: string[] = [];
    const ended = runTasks(tasks, { once: false, signal: never }, async (task) => {
      begun.push(task.id);
      if (task.id === 'first') await held.promise;
      return succeeded(task);
    });
    await settled();
    expect(begun).toEqual(['first', 'apart']);
    held.resolve();
    await ended;
    expect(begun).toEqual(['first', 'apart', 'second']);
  });

  it('fails as a whole when a run throws, and begins none that waited for it', async () => {
    const tasks = tasksOf(
      { first: undefined, second: undefined, periodic: OFTEN },
      { second: ['first.test', 'x.test'] },
    );
    const begun: string[] = [];
    const ended = runTasks(tasks, { once: false, signal: never }, async (task) => {
      begun.push(task.id);
      throw new Error(`no ${task.id}`);
    });
    await expect(ended).rejects.toThrow('no first');
    expect(begun).toEqual(['first']);
  });

  it('ends by itself when no task is periodic', async () => {
    const options = { once: false, signal: new AbortController().signal };
    const runs = await runTasks(tasksOf({ one: undefined }), options, async (task) => succeeded(task));
    expect(runs).toHaveLength(1);
  });

  it('repeats periodic tasks, each after itself, until it is stopped, and gives the last run of each', async () => {
    const abort = new AbortController();
    const seen: string[] = [];
    let underWay = 0;
    const runs = await runTasks(
      tasksOf({ often: OFTEN, once: undefined }),
      { once: false, signal: abort.signal },
      async (task) => {
        if (task.id === 'once') return succeeded(task);
        expect(underWay).toBe(0);
        underWay += 1;
        await new Promise((resolve) => setImmediate(resolve));
        underWay -= 1;
        seen.push(task.id);
        if (seen.length === 3) abort.abort();
        return { ...succeeded(task), id: `run ${seen.length}` };
      },
    );
    expect(seen).toHaveLength(3);
    expect(runs.map((run) => run.id)).toEqual(['run 3', 'once']);
  });

  it('ends at once when stopped between two runs', async () => {
    const abort = new AbortController();
    const daily: Schedule = { kind: 'interval', everyMs: 86_400_000 };
    const ended = runTasks(tasksOf({ daily }), { once: false, signal: abort.signal }, async (task) => {
      setImmediate(() => abort.abort());
      return succeeded(task);
    });
    expect(await ended).toHaveLength(1);
  });

  it('says which task runs next, the earliest, once after each round in which all have run', async () => {
    const abort = new AbortController();
    const hourly: Schedule = { kind: 'interval', everyMs: 3_600_000 };
    const told: NextRun[] = [];
    let rounds = 0;
    const tasks = tasksOf({ hourly, often: { kind: 'interval', everyMs: 20 }, once: undefined });
    await runTasks(
      tasks,
      {
        once: false,
        signal: abort.signal,
        onIdle: (next) => void told.push(next),
      },
      async (task) => {
        if (task.id === 'often') rounds += 1;
        expect(told).toHaveLength(Math.max(0, rounds - 1));
        if (rounds === 3) abort.abort();
        return succeeded(task);
      },
    );
    expect(told.map(({ task }) => task)).toEqual(['often', 'often']);
    const [first, second] = told.map(({ atMs }) => atMs);
    expect(second).toBeGreaterThan(first ?? Number.POSITIVE_INFINITY);
  });

  it.each([
    ['no task is periodic', { once: undefined }, false],
    ['each is to run once', { often: OFTEN }, true],
  ])('says of no next run where %s', async (_what, schedules, once) => {
    const told: NextRun[] = [];
    const options = { once, signal: never, onIdle: (next: NextRun) => void told.push(next) };
    await runTasks(tasksOf(schedules), options, async (task) => succeeded(task));
    expect(told).toEqual([]);
  });
});
