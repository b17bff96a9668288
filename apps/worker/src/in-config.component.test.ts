import { randomUUID } from 'node:crypto';
import { parseConfig, type SyncConfig } from '@regfleet/config';
import {
  eventually,
  fillRegistry,
  listTags,
  startRedis,
  startRegistry,
  type TestRedis,
  type TestRegistry,
} from '@regfleet/harness';
import { type CopyRequest, parseReference, silentLogger } from '@regfleet/model';
import { connectFleet, type Fleet } from '@regfleet/queue';
import { createRegistries } from '@regfleet/registry';
import { openRelay } from '@regfleet/relay';
import { createMetrics, type Metrics } from '@regfleet/runtime';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyLog } from './copy-listener.ts';
import { startWorker, type Worker } from './worker.ts';

const ORDER = { attempts: 1, backoffMs: 1, maxBackoffMs: 1 };

describe('worker/in-config', () => {
  let redis: TestRedis;
  let source: TestRegistry;
  let target: TestRegistry;
  let foreign: TestRegistry;
  let fleet: Fleet;
  let worker: Worker;
  let metrics: Metrics;
  const closing: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    metrics = await createMetrics();
    [redis, source, target, foreign] = await Promise.all([
      startRedis(),
      startRegistry(),
      startRegistry(),
      startRegistry(),
    ]);
    await fillRegistry(source, [
      { repository: 'app', tags: ['1.0', '2.0'] },
      { repository: 'secret', tags: ['1.0'] },
    ]);
    fleet = await connectFleet({
      url: redis.url,
      prefix: randomUUID(),
      logger: silentLogger,
      deadlineMs: 5_000,
    });
    const registries = createRegistries({ logger: silentLogger, env: {} });
    const relay = await openRelay(
      'direct',
      { skopeo: { binary: '', certsDir: '' } },
      { logger: silentLogger },
    );
    worker = await startWorker({
      id: 'worker',
      config: configOf(),
      fleet,
      registries,
      relays: new Map([['direct', relay]]),
      listener: (current) => copyLog({ metrics, logger: silentLogger }, current),
      logger: silentLogger,
      concurrency: 4,
      lockMs: 30_000,
      graceMs: 0,
    });
    closing.push(
      () => fleet.close(),
      () => registries.close(),
      () => worker.drain(),
    );
  });

  afterAll(async () => {
    for (const close of closing.reverse()) await close();
    await Promise.all([redis, source, target, foreign].map((server) => server?.stop()));
  });

  function configOf(): SyncConfig {
    const text = `
relay: direct
tasks:
- name: t
  source: {registry: '${source.host}', skip-tls-verify: true}
  target: {registry: '${target.host}', skip-tls-verify: true}
  mappings: [{from: app, to: mirror/app, tags: ['1.0']}]
`;
    const { config, issues } = parseConfig(text, { file: 'test.yaml', env: {} });
    if (config === undefined) throw new Error(JSON.stringify(issues));
    return config;
  }

  /** Writes a job as anybody can who can write to this Redis. */
  const forge = (from: string, to: string, task?: string): Promise<string> => {
    const request: CopyRequest = {
      relay: 'direct',
      source: parseReference(from),
      target: parseReference(to),
      ...(task !== undefined && { task }),
    };
    return fleet.copyOnce({ request, ...ORDER });
  };

  const isHandedBack = async (): Promise<boolean> =>
    (await fleet.lanes.status()).some(
      ({ delayed, active, waiting }) => delayed === 1 && active + waiting === 0,
    );

  it('copies what its config yields, and between registries that its config names', async () => {
    const own = await forge(`${source.host}/app:1.0`, `${target.host}/mirror/app:1.0`, 't');
    expect(await fleet.runs.wait(own)).toMatchObject({ outcome: 'succeeded' });
    const free = await forge(`${source.host}/app:2.0`, `${target.host}/elsewhere:2.0`);
    expect(await fleet.runs.wait(free)).toMatchObject({ outcome: 'succeeded' });
  });

  it.each([
    ['another repository of the target', 'app:1.0', (): string => `${target.host}/evil:1.0`, 't'],
    ['another repository of the source', 'secret:1.0', (): string => `${target.host}/mirror/app:1.0`, 't'],
    ['a tag that its filter leaves out', 'app:2.0', (): string => `${target.host}/mirror/app:2.0`, 't'],
    ['a foreign registry', 'app:1.0', (): string => `${foreign.host}/mirror/app:1.0`, 't'],
    ['a foreign registry, by no task', 'app:1.0', (): string => `${foreign.host}/mirror/app:1.0`, undefined],
    ['a task that it does not have', 'app:1.0', (): string => `${target.host}/mirror/app:1.0`, 'other'],
  ])('hands back a job for %s', async (_title, from, to, task) => {
    const before = await Promise.all([target, foreign].map(allTags));
    const runId = await forge(`${source.host}/${from}`, to(), task);
    // Looks at lanes of registries that it does not name.
    worker.reload(configOf());
    await eventually(isHandedBack, { what: 'the job to be handed back' });
    expect((await fleet.runs.get(runId))?.counts).toMatchObject({ enqueued: 1, copied: 0, failed: 0 });
    await fleet.runs.cancel(runId);
    expect(await Promise.all([target, foreign].map(allTags))).toEqual(before);
  });

  it.each([
    ['by no task', undefined],
    ['by a task', 't'],
  ])('refuses an image over itself, %s', async (_title, task) => {
    const own = `${source.host}/app:1.0`;
    const runId = await forge(own, own, task);
    expect(await fleet.runs.wait(runId)).toMatchObject({
      outcome: 'failed',
      errors: [{ code: 'REFERENCE_INVALID', reference: own }],
    });
  });

  it('ends a job that it has handed back for ten minutes', async () => {
    const runId = await forge(`${source.host}/secret:1.0`, `${target.host}/mirror/app:1.0`, 't');
    await eventually(isHandedBack, { what: 'the job to be handed back' });
    await handedBackTenMinutesAgo(runId);
    expect(await fleet.runs.wait(runId)).toMatchObject({
      outcome: 'failed',
      errors: [{ code: 'NOT_IN_CONFIG', reference: `${source.host}/secret:1.0` }],
    });
  });

  it('counts what concerns registries that its config does not name at one place', async () => {
    const runId = await forge(`${foreign.host}/app:1.0`, `${target.host}/mirror/app:1.0`, 't');
    // Looks at lanes of registries that it does not name.
    worker.reload(configOf());
    await eventually(isHandedBack, { what: 'the job to be handed back' });
    await handedBackTenMinutesAgo(runId);
    expect(await fleet.runs.wait(runId)).toMatchObject({ outcome: 'failed' });
    const exposed = await metrics.expose();
    expect(exposed).toContain('regfleet_copy_errors_total{registry="other"');
    expect(exposed).not.toContain(foreign.host);
  });

  const allTags = (registry: TestRegistry): Promise<readonly string[][]> =>
    Promise.all(['evil', 'mirror/app'].map((repository) => listTags(registry, repository).catch(() => [])));

  /** What ten minutes of being handed back leave in Redis. */
  async function handedBackTenMinutesAgo(runId: string): Promise<void> {
    const client = new Redis(redis.url);
    try {
      for (const key of await client.keys(`*:${runId}.*`)) {
        const data: object = JSON.parse((await client.hget(key, 'data').catch(() => null)) ?? '{}');
        if (!('backS' in data)) continue;
        const timestamp = Number(await client.hget(key, 'timestamp')) - 600_000;
        await client.hset(key, {
          timestamp,
          data: JSON.stringify({ ...data, backS: Number(data.backS) - 600 }),
        });
      }
    } finally {
      client.disconnect();
    }
  }
});
