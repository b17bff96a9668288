import { randomUUID } from 'node:crypto';
import { parseConfig, type SyncConfig } from '@regfleet/config';
import { startRedis, type TestRedis } from '@regfleet/harness';
import { type Logger, silentLogger } from '@regfleet/model';
import { connectFleet, type Fleet } from '@regfleet/queue';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLeaderTasks } from './leader-tasks.ts';

const CONFIG = `
relay: direct
tasks:
- name: once
  source: {registry: source.test}
  target: {registry: target.test}
  mappings: [{from: a}]
- name: hourly
  interval: 3600
  source: {registry: source.test}
  target: {registry: target.test}
  mappings: [{from: a}]
`;

describe('scheduler/leader-tasks', () => {
  let redis: TestRedis;
  let client: Redis;
  let fleet: Fleet;
  let prefix: string;

  beforeAll(async () => {
    redis = await startRedis();
    client = new Redis(redis.url);
  });
  beforeEach(async () => {
    prefix = randomUUID();
    fleet = await connectFleet({ url: redis.url, prefix, logger: silentLogger, deadlineMs: 5_000 });
  });
  afterEach(() => fleet.close());
  afterAll(async () => {
    client.disconnect();
    await redis.stop();
  });

  const key = (name: string): string => `{${prefix}}:${name}`;
  const waiting = async (): Promise<number | undefined> => (await fleet.lanes.depths())[0]?.waiting;

  function keepingDuties() {
    const failed: string[] = [];
    const logger: Logger = { ...silentLogger, warn: (fields) => failed.push(JSON.stringify(fields)) };
    return { failed, leaderTasks: createLeaderTasks({ fleet, config: () => configOf(CONFIG), logger }) };
  }

  it('does every duty though one cannot be done, and makes up for it later', async () => {
    const { leaderTasks, failed } = keepingDuties();
    await client.set(key('runs:repeat'), 'x');
    await client.set(key('active-runs'), 'x');
    await leaderTasks.lead({ coldStart: true });
    expect(await waiting()).toBe(1);
    const told = [expect.stringContaining(key('runs:repeat'))];
    expect(failed).toEqual(told);
    await leaderTasks.lead({ coldStart: false });
    expect(failed).toEqual(told);
    await client.del(key('runs:repeat'));
    await leaderTasks.houseKeeping();
    expect(await fleet.schedules.next('hourly')).toBeGreaterThan(0);
    expect((await fleet.lanes.depths())[0]).toMatchObject({ waiting: 2 });
  });

  it('removes lanes by which no task copies any more between registries that the config names', async () => {
    const { leaderTasks } = keepingDuties();
    const used = 'copy.direct.source.test_to_target.test';
    const unused = ['copy.skopeo.source.test_to_target.test', 'copy.direct.target.test_to_source.test'];
    for (const lane of [used, ...unused]) {
      await fleet.lanes.pause(lane);
      await fleet.lanes.resume(lane);
    }
    await leaderTasks.houseKeeping();
    expect(await fleet.lanes.list()).toEqual([used]);
  });

  it('forgets tasks that left its config long ago, and never those that it has', async () => {
    const { leaderTasks } = keepingDuties();
    await leaderTasks.lead({ coldStart: true });
    for (const task of ['once', 'hourly', 'gone']) {
      await client.zadd(key('tasks'), 1, task);
      await client.hset(key('start-tasks'), task, 'fired');
    }
    await client.hset(key('task:gone'), 'knownSinceMs', 1);
    await leaderTasks.houseKeeping();
    expect((await client.hkeys(key('start-tasks'))).sort()).toEqual(['hourly', 'once']);
    expect((await client.keys(key('task:*'))).sort()).toEqual([key('task:hourly'), key('task:once')]);
  });

  it('ends the run of a task that it had in its config and has no more, and of no other', async () => {
    let config = configOf(CONFIG);
    const leaderTasks = createLeaderTasks({ fleet, config: () => config, logger: silentLogger });
    for (const task of ['hourly', 'once', 'of another scheduler'])
      await fleet.runs.claim({ runId: `run of ${task}`, task, trigger: 'schedule' });
    const outcomes = async () =>
      Promise.all(
        ['hourly', 'once', 'of another scheduler'].map(
          async (task) => (await fleet.runs.get(`run of ${task}`))?.outcome,
        ),
      );
    await leaderTasks.lead({ coldStart: false });
    expect(await outcomes()).toEqual([undefined, undefined, undefined]);
    config = { ...config, tasks: config.tasks.filter(({ id }) => id === 'once') };
    await client.rename(key('active-runs'), key('elsewhere'));
    await client.set(key('active-runs'), 'x');
    await leaderTasks.lead({ coldStart: false });
    await client.rename(key('elsewhere'), key('active-runs'));
    await leaderTasks.houseKeeping();
    expect(await outcomes()).toEqual(['cancelled', undefined, undefined]);
  });

  it('keeps house once at a time, however long that takes', async () => {
    const { leaderTasks } = keepingDuties();
    const keeping = leaderTasks.houseKeeping();
    expect(leaderTasks.houseKeeping()).toBe(keeping);
    await keeping;
    const next = leaderTasks.houseKeeping();
    expect(next).not.toBe(keeping);
    await next;
  });

  it('fires the tasks of a cold start once, as soon as it can be noted that they were', async () => {
    const { leaderTasks } = keepingDuties();
    await client.set(key('start-tasks'), 'x');
    await leaderTasks.lead({ coldStart: true });
    await leaderTasks.houseKeeping();
    const scheduled = await waiting();
    await client.del(key('start-tasks'));
    await leaderTasks.houseKeeping();
    await leaderTasks.houseKeeping();
    expect(await waiting()).toBe((scheduled ?? 0) + 1);
  });

  it('fires a one-off task once though the config is reloaded and the house is kept meanwhile', async () => {
    const { leaderTasks } = keepingDuties();
    const { lead, houseKeeping } = leaderTasks;
    const reload = { coldStart: false };
    await Promise.all([
      lead({ coldStart: true }),
      lead(reload),
      houseKeeping(),
      lead(reload),
      houseKeeping(),
    ]);
    const queued = (await fleet.runs.queued()).map(({ task }) => task);
    expect(queued.filter((task) => task === 'once')).toEqual(['once']);
  });
});

function configOf(text: string): SyncConfig {
  const { config, issues } = parseConfig(text, { file: 'test.yaml', env: {} });
  if (config === undefined) throw new Error(JSON.stringify(issues));
  return config;
}
