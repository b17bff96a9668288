import { parseConfig, type Schedule, type Task } from '@regfleet/config';
import { judged, RateLimitPauses, type RunRecord } from '@regfleet/fleet';
import { openLocalFleet } from '@regfleet/local';
import { silentLogger } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { FollowedRuns, type NextRun } from './followed-runs.ts';
import { runTasks } from './run-tasks.ts';

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

interface Round {
  readonly once?: boolean;
  readonly signal?: AbortSignal;
  onIdle?(next: NextRun): void;
}

const never = new AbortController().signal;
const ignore = (): void => undefined;

/** Runs the tasks in a fleet of this process, where `pass` stands for all that a run does. */
async function runAll(
  tasks: readonly Task[],
  { once = false, signal = never, onIdle = ignore }: Round,
  pass: (task: string) => Promise<void>,
): Promise<RunRecord[]> {
  const pauses = new RateLimitPauses({ mostInRow: 1, onPause: ignore });
  const fleet = openLocalFleet({ logger: silentLogger, pauses });
  const followed = new FollowedRuns(fleet, { onChange: ignore, onEnd: ignore, onIdle });
  const consumer = fleet.consumeRuns({
    concurrency: tasks.length,
    graceMs: 0,
    process: (ticket, context) =>
      judged(context, async () => {
        if (typeof (await fleet.runs.claim(ticket)) === 'object') return;
        followed.follow(ticket.task, ticket.runId);
        await pass(ticket.task);
        await fleet.runs.finishExpansion(ticket.runId, []);
      }),
  });
  try {
    return await runTasks(tasks, { once, signal, fleet, followed });
  } finally {
    await consumer.drain();
    await fleet.close();
  }
}

/** Lets everything that is ready to go on do so. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const pass = async (): Promise<void> => undefined;

const OFTEN: Schedule = { kind: 'interval', everyMs: 2 };

describe('cli/sync/run-tasks', () => {
  it('runs every task once where that is asked for, one-off ones first, and gives the runs in the order of the file', async () => {
    const tasks = tasksOf({ periodic: OFTEN, other: undefined, further: OFTEN });
    const events: string[] = [];
    const runs = await runAll(tasks, { once: true }, async (task) => {
      events.push(`${task} begins`);
      await settled();
      events.push(`${task} ends`);
    });
    expect(events).toEqual([
      'other begins',
      'other ends',
      'periodic begins',
      'further begins',
      'periodic ends',
      'further ends',
    ]);
    expect(runs).toMatchObject(
      ['periodic', 'other', 'further'].map((task) => ({ task, outcome: 'succeeded' })),
    );
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
    const apart = Promise.withResolvers<void>();
    const begun: string[] = [];
    const ended = runAll(tasks, {}, async (task) => {
      begun.push(task);
      if (task === 'apart') apart.resolve();
      if (task === 'first') await held.promise;
    });
    await apart.promise;
    await settled();
    expect(begun).toEqual(['first', 'apart']);
    held.resolve();
    await ended;
    expect(begun).toEqual(['first', 'apart', 'second']);
  });

  it('ends by itself when no task is periodic', async () => {
    const runs = await runAll(tasksOf({ one: undefined }), {}, pass);
    expect(runs).toHaveLength(1);
  });

  it('repeats periodic tasks, each after itself, until it is stopped, and gives the last run of each', async () => {
    const abort = new AbortController();
    let [begun, underWay] = [0, 0];
    const tasks = tasksOf({ often: OFTEN, once: undefined });
    const runs = await runAll(tasks, { signal: abort.signal }, async (task) => {
      if (task === 'once') return;
      expect(underWay).toBe(0);
      underWay += 1;
      begun += 1;
      await settled();
      underWay -= 1;
      if (begun === 3) abort.abort();
    });
    expect(begun).toBe(3);
    expect(runs).toMatchObject([{ task: 'often', outcome: 'succeeded' }, { task: 'once' }]);
    expect(runs[0]?.id).not.toBe(runs[1]?.id);
  });

  it('ends at once when stopped between two runs', async () => {
    const abort = new AbortController();
    const daily: Schedule = { kind: 'interval', everyMs: 86_400_000 };
    const onIdle = (): void => abort.abort();
    expect(await runAll(tasksOf({ daily }), { signal: abort.signal, onIdle }, pass)).toHaveLength(1);
  });

  it('runs none that has not begun when it is stopped', async () => {
    const abort = new AbortController();
    const tasks = tasksOf(
      { first: undefined, second: undefined, periodic: OFTEN },
      { second: ['first.test', 'x.test'] },
    );
    const begun: string[] = [];
    const runs = await runAll(tasks, { signal: abort.signal }, async (task) => {
      begun.push(task);
      abort.abort();
    });
    expect(begun).toEqual(['first']);
    const left = { outcome: 'cancelled', reason: 'interrupted' };
    expect(runs).toMatchObject([{ outcome: 'succeeded' }, left, left]);
  });

  it('runs a task with a schedule by the clock at once, too', async () => {
    const abort = new AbortController();
    const yearly: Schedule = { kind: 'cron', pattern: '0 0 1 1 *' };
    const told: NextRun[] = [];
    const onIdle = (next: NextRun): void => {
      told.push(next);
      abort.abort();
    };
    const runs = await runAll(tasksOf({ yearly }), { signal: abort.signal, onIdle }, pass);
    expect(runs).toMatchObject([{ task: 'yearly', outcome: 'succeeded' }]);
    expect(told).toMatchObject([{ task: 'yearly' }]);
  });

  it('says which task runs next, the earliest, once all have run', async () => {
    const abort = new AbortController();
    const hourly: Schedule = { kind: 'interval', everyMs: 3_600_000 };
    const told: NextRun[] = [];
    const tasks = tasksOf({ hourly, often: { kind: 'interval', everyMs: 20 }, once: undefined });
    const onIdle = (next: NextRun): void => {
      told.push(next);
      if (told.length === 2) abort.abort();
    };
    await runAll(tasks, { signal: abort.signal, onIdle }, pass);
    expect(told.map(({ task }) => task)).toEqual(['often', 'often']);
    const [first, second] = told.map(({ atMs }) => atMs);
    expect(second).toBeGreaterThan(first ?? Number.POSITIVE_INFINITY);
  });

  it.each([
    ['no task is periodic', { once: undefined }, false],
    ['each is to run once', { often: OFTEN }, true],
  ])('says of no next run where %s', async (_what, schedules, once) => {
    const told: NextRun[] = [];
    await runAll(tasksOf(schedules), { once, onIdle: (next) => void told.push(next) }, pass);
    expect(told).toEqual([]);
  });
});
