import { parseConfig, type Schedule, type Task } from '@regfleet/config';
import type { RunRecord } from '@regfleet/queue';
import { describe, expect, it } from 'vitest';
import { runTasks } from './run-tasks.ts';
import { Tally } from './tally.ts';

/** Tasks of these names, with the schedules that are given. */
function tasksOf(schedules: Readonly<Record<string, Schedule | undefined>>): Task[] {
  const names = Object.keys(schedules);
  const tasks = names.map((name) => ({
    name,
    source: { registry: 'a.test' },
    target: { registry: 'b.test' },
  }));
  const { config } = parseConfig(JSON.stringify({ relay: 'direct', tasks }), { file: 'test.yaml', env: {} });
  return (config?.tasks ?? []).map((task) => {
    const schedule = schedules[task.name];
    return schedule === undefined ? task : { ...task, schedule };
  });
}

/** A pass that succeeds. */
function succeeded(task: Task): RunRecord {
  const tally = new Tally(task.id);
  tally.finish();
  return tally.record;
}

const OFTEN: Schedule = { kind: 'interval', everyMs: 2 };

describe('cli/sync/run-tasks', () => {
  it('runs every task once where that is asked for, side by side', async () => {
    const tasks = tasksOf({ periodic: OFTEN, other: undefined });
    const together = Promise.withResolvers<void>();
    const begun: string[] = [];
    const runs = await runTasks(tasks, { once: true, signal: new AbortController().signal }, async (task) => {
      begun.push(task.id);
      if (begun.length === 2) together.resolve();
      await together.promise;
      return succeeded(task);
    });
    expect(begun).toEqual(['periodic', 'other']);
    expect(runs.map((run) => run.task)).toEqual(['periodic', 'other']);
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
});
