import { randomUUID } from 'node:crypto';
import { parseConfig, type SyncConfig } from '@regfleet/config';
import { RateLimitPauses } from '@regfleet/fleet';
import { eventually, startRedis } from '@regfleet/harness';
import { type Logger, silentLogger } from '@regfleet/model';
import { connectFleet } from '@regfleet/queue';
import { createRegistries } from '@regfleet/registry';
import { createMetrics } from '@regfleet/runtime';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { expandRun } from './expand-run.ts';
import { planLog } from './plan-listener.ts';
import { type Scheduler, startScheduler } from './scheduler.ts';

describe('scheduler/scheduler', () => {
  let closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.reverse()) await close();
    closing = [];
  });

  async function startSite(logger: Logger = silentLogger) {
    const redis = await startRedis();
    const prefix = randomUUID();
    const client = new Redis(redis.url);
    const fleet = await connectFleet({ url: redis.url, prefix, logger: silentLogger, deadlineMs: 5_000 });
    closing.push(
      () => redis.stop(),
      () => Promise.resolve(client.disconnect()),
      () => fleet.close(),
    );
    const metrics = await createMetrics();
    const start = async (): Promise<Scheduler> => {
      const registries = createRegistries({ logger: silentLogger, env: {} });
      const scheduler = await startScheduler({
        id: 'scheduler',
        config: configOf(),
        fleet,
        registries,
        fleetwide: { store: fleet, metrics },
        logger,
        concurrency: 1,
        graceMs: 0,
      });
      closing.push(
        () => registries.close(),
        () => scheduler.drain(),
      );
      return scheduler;
    };
    return { redis, client, fleet, metrics, start, key: (name: string): string => `{${prefix}}:${name}` };
  }

  it('starts beside what others wrote about its tasks', async () => {
    const { client, fleet, start, key } = await startSite();
    await client.set(key('task:t'), 'x');
    await client.set(key('runs:repeat'), 'x');
    await start();
    await eventually(async () => (await fleet.processes.list()).length === 1);
  });

  it('runs a task that its config gets after the firing, and ends one that it has not got for ten minutes', async () => {
    const { fleet, start } = await startSite();
    const scheduler = await start();
    const late = await fleet.schedules.fire('late', 'operator');
    await eventually(async () => (await fleet.lanes.depths())[0]?.delayed === 1);
    scheduler.reload(configOf('late'));
    expect(await fleet.runs.wait(late)).toMatchObject({ task: 'late' });

    const ticket = { runId: 'r', task: 'removed', trigger: 'schedule' } as const;
    const facts = {
      attempt: 1,
      attempts: 5,
      ageMs: 10 * 60_000,
      handedBackMs: 0,
      backoffMs: 0,
      maxBackoffMs: 0,
    };
    const context = { signal: new AbortController().signal, facts };
    const ports = () => {
      throw new Error('nothing is to be planned');
    };
    const pauses = new RateLimitPauses({ mostInRow: 1, onPause: () => undefined });
    const listener = planLog(silentLogger);
    const deps = { fleet, ports, config: () => configOf(), logger: silentLogger, pauses, listener };
    await expandRun(ticket, context, deps);
    expect(await fleet.runs.get('r')).toBeUndefined();
    await expect(expandRun({ ...ticket, trigger: 'operator' }, context, deps)).rejects.toMatchObject({
      code: 'TASK_UNKNOWN',
      message: expect.stringContaining('"removed"'),
    });
  });

  it('leaves no command and no line behind at each scrape while Redis is away, and keeps the times of tasks', async () => {
    const lines: string[] = [];
    const logger: Logger = {
      ...silentLogger,
      warn: (_, message) => lines.push(message),
      child: () => logger,
    };
    const { redis, client, fleet, metrics, start } = await startSite(logger);
    client.disconnect();
    await start();
    const times = /^regfleet_task_last_success_timestamp_seconds\{task="t"\} [1-9]/m;
    await eventually(async () => times.test(await metrics.expose()));
    await redis.kill();
    await eventually(() => !fleet.isAnswering);
    lines.length = 0;
    for (let scrape = 0; scrape < 3; scrape++) {
      const text = await metrics.expose();
      expect(text).toMatch(times);
      expect(text).not.toMatch(/^regfleet_queue_jobs\{/m);
    }
    expect(lines.filter((line) => !line.includes('leading'))).toEqual([]);
  });

  it('counts by the tasks and registries of its config, whatever names Redis holds', async () => {
    const { client, fleet, metrics, start, key } = await startSite();
    const ended = { trigger: 'start', startedAtMs: 1, finishedAtMs: 2, outcome: 'succeeded' };
    const tasks = ['evil', 'e'.repeat(5_000_000), 't'];
    for (const [index, task] of tasks.entries()) {
      await client.hset(key(`run:r${index}`), { ...ended, task });
      await client.rpush(key('ended-runs'), `r${index}`);
    }
    await client.sadd(
      key('lanes'),
      'copy.direct.evil.test_to_127.0.0.1_1',
      'copy.direct.127.0.0.1_1_to_127.0.0.1_1',
    );
    await start();
    await eventually(async () => /^regfleet_runs_total\{task="t",/m.test(await metrics.expose()));
    const text = await metrics.expose();
    expect(text).toContain('regfleet_runs_total{task="",outcome="succeeded"} 2');
    expect(text).toContain(
      'regfleet_queue_jobs{queue="copy.direct.127.0.0.1_1_to_127.0.0.1_1",state="waiting"}',
    );
    expect(text).not.toContain('evil');
    expect(text.length).toBeLessThan(1_000_000);
    expect(await fleet.lanes.list()).toContain('copy.direct.evil.test_to_127.0.0.1_1');
  });
});

function configOf(name = 't'): SyncConfig {
  const text = `
relay: direct
tasks:
- name: ${name}
  interval: 3600
  source: {registry: '127.0.0.1:1'}
  target: {registry: '127.0.0.1:1'}
  mappings: [{from: a, to: b}]
`;
  const { config, issues } = parseConfig(text, { file: 'test.yaml', env: {} });
  if (config === undefined) throw new Error(JSON.stringify(issues));
  return config;
}
