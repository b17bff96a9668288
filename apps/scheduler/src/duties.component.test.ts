import { randomUUID } from 'node:crypto';
import { parseConfig, type SyncConfig } from '@regfleet/config';
import { startRedis, type TestRedis } from '@regfleet/harness';
import { type Logger, silentLogger } from '@regfleet/model';
import { connectFleet, type Fleet } from '@regfleet/queue';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDuties } from './duties.ts';

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

describe('scheduler/duties', () => {
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
    return { failed, duties: createDuties({ fleet, config: () => configOf(CONFIG), logger }) };
  }

  it('does every duty though one cannot be done, and makes up for it later', async () => {
    const { duties, failed } = keepingDuties();
    await client.set(key('runs:repeat'), 'x');
    await client.set(key('copy.direct.source.test:meta'), 'x');
    await client.set(key('active-runs'), 'x');
    await duties.lead({ coldStart: true });
    expect(await waiting()).toBe(1);
    const told = [
      expect.stringContaining(key('runs:repeat')),
      expect.stringContaining('limit of copy.direct.source.test'),
    ];
    expect(failed).toEqual(told);
    await duties.lead({ coldStart: false });
    expect(failed).toEqual(told);
    await client.del(key('runs:repeat'));
    await duties.houseKeeping();
    expect(await fleet.schedules.next('hourly')).toBeGreaterThan(0);
    expect((await fleet.lanes.depths())[0]).toMatchObject({ waiting: 2 });
  });

  it('removes the lane of a relay by which no task copies any more from a registry that the config names', async () => {
    const { duties } = keepingDuties();
    const [used, unused] = [
      fleet.lanes.nameOf('direct', 'source.test'),
      fleet.lanes.nameOf('skopeo', 'source.test'),
    ];
    for (const lane of [used, unused]) await fleet.lanes.setConcurrency(lane, 2);
    await duties.houseKeeping();
    expect(await fleet.lanes.list()).toEqual([used]);
  });

  it('forgets tasks that left its config long ago, and never those that it has', async () => {
    const { duties } = keepingDuties();
    await duties.lead({ coldStart: true });
    for (const task of ['once', 'hourly', 'gone']) {
      await client.zadd(key('tasks'), 1, task);
      await client.hset(key('start-tasks'), task, 'fired');
    }
    await client.hset(key('task:gone'), 'knownSinceMs', 1);
    await duties.houseKeeping();
    expect((await client.hkeys(key('start-tasks'))).sort()).toEqual(['hourly', 'once']);
    expect((await client.keys(key('task:*'))).sort()).toEqual([key('task:hourly'), key('task:once')]);
  });

  it('keeps house once at a time, however long that takes', async () => {
    const { duties } = keepingDuties();
    const keeping = duties.houseKeeping();
    expect(duties.houseKeeping()).toBe(keeping);
    await keeping;
    const next = duties.houseKeeping();
    expect(next).not.toBe(keeping);
    await next;
  });

  it('fires the tasks of a cold start once, as soon as it can be noted that they were', async () => {
    const { duties } = keepingDuties();
    await client.set(key('start-tasks'), 'x');
    await duties.lead({ coldStart: true });
    await duties.houseKeeping();
    const scheduled = await waiting();
    await client.del(key('start-tasks'));
    await duties.houseKeeping();
    await duties.houseKeeping();
    expect(await waiting()).toBe((scheduled ?? 0) + 1);
  });

  it('fires a one-off task once though the config is reloaded and the house is kept meanwhile', async () => {
    const { duties } = keepingDuties();
    const { lead, houseKeeping } = duties;
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
