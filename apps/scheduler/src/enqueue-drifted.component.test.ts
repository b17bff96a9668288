import { randomUUID } from 'node:crypto';
import { parseConfig, type Task } from '@regfleet/config';
import type { RunRecord } from '@regfleet/fleet';
import {
  type CountingProxy,
  countingProxy,
  type InMemoryRegistry,
  inMemoryRegistry,
  startRedis,
  type TestRedis,
} from '@regfleet/harness';
import { formatReference, silentLogger } from '@regfleet/model';
import type { PlanPorts } from '@regfleet/planner';
import { connectFleet, type Fleet } from '@regfleet/queue';
import { createRegistries, type Registries } from '@regfleet/registry';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { enqueueDrifted } from './enqueue-drifted.ts';
import { planLog } from './plan-listener.ts';

const REPOSITORIES = [
  { name: 'app', tags: ['1', '2', '3'] },
  { name: 'lib', tags: ['1'] },
];

// Far more than what answers takes.
const GRACE_MS = 500;

/** A task with several targets. */
describe('scheduler/enqueue-drifted', () => {
  let redis: TestRedis;
  let fleet: Fleet;
  let registries: Registries;
  let source: InMemoryRegistry;
  let empty: InMemoryRegistry;
  let proxy: CountingProxy;
  let other: CountingProxy;

  beforeAll(async () => {
    [redis, source, empty] = await Promise.all([
      startRedis(),
      inMemoryRegistry({ repositories: REPOSITORIES }),
      inMemoryRegistry({ repositories: [] }),
    ]);
    registries = createRegistries({ logger: silentLogger, env: {} });
    fleet = await connectFleet({ url: redis.url, prefix: randomUUID(), logger: silentLogger });
  });
  afterAll(async () => {
    await fleet.close();
    await Promise.all([registries.close(), redis.stop(), source.stop(), empty.stop()]);
  });
  beforeEach(async () => {
    [proxy, other] = await Promise.all([countingProxy(source), countingProxy(empty)]);
    return () => Promise.all([proxy.stop(), other.stop()]);
  });

  function taskOf(): Task {
    const place = (registry: string) => ({ registry, 'skip-tls-verify': true });
    const task = {
      name: randomUUID(),
      interval: 600,
      source: place(proxy.host),
      targets: [place(empty.host), place(other.host), place(`${other.host}/second`)],
      mappings: [{ from: 'app' }, { from: 'lib' }],
    };
    const text = JSON.stringify({ relay: 'direct', retries: { attempts: 1 }, tasks: [task] });
    const { config, issues } = parseConfig(text, { file: 'test.yaml', env: {} });
    const [parsed] = config?.tasks ?? [];
    if (parsed === undefined) throw new Error(JSON.stringify(issues));
    return parsed;
  }

  async function expand(
    task: Task,
    trigger: 'schedule' | 'operator' = 'schedule',
    graceMs?: number,
  ): Promise<{ run: RunRecord | undefined; isComplete: boolean }> {
    const ticket = { runId: randomUUID(), task: task.id, trigger };
    await fleet.runs.claim(ticket);
    const ports: PlanPorts = {
      client: (location) => registries.connect(location),
      lister: (location) => registries.lister(location, { cacheDurationMs: 0 }),
      records: fleet.records,
    };
    const facts = { attempt: 1, attempts: 1, ageMs: 0, handedBackMs: 0, backoffMs: 1, maxBackoffMs: 1 };
    const listener = planLog(silentLogger);
    const deps = { fleet, logger: silentLogger, listener, notes: fleet, ports, ...(graceMs && { graceMs }) };
    const context = { signal: new AbortController().signal, facts };
    const { errors, isComplete } = await enqueueDrifted({ task, ticket }, deps, context);
    await fleet.runs.finishExpansion(ticket.runId, errors, { isComplete });
    return { run: await fleet.runs.get(ticket.runId), isComplete };
  }

  it('queues a copy for each target, and asks the source once for all', async () => {
    const task = taskOf();
    const { run, isComplete } = await expand(task);
    expect(run).toMatchObject({
      counts: { repositories: 2, listed: 4, selected: 12, enqueued: 12 },
      errors: [],
    });
    expect(isComplete).toBe(true);
    expect(proxy.requests.count({ kind: 'tags' })).toBe(2);
    expect(proxy.requests.count({ kind: 'manifest' })).toBe(4);
    const jobs = await fleet.lanes.jobs({ states: ['waiting'], limit: 100 });
    const targets = jobs
      .map(({ request }) => formatReference(request.target))
      .filter((name) => /:2$/.test(name));
    expect(targets.sort()).toEqual(
      [`${empty.host}/app:2`, `${other.host}/app:2`, `${other.host}/second/app:2`].sort(),
    );
    expect(await fleet.freshness.of([task.id])).toMatchObject([{ behind: 12, images: 12 }]);
  });

  it('tells once what the source lacks', async () => {
    const task = taskOf();
    source.fill('lib', undefined);
    const { run, isComplete } = await expand(task);
    source.fill('lib', ['1']);
    expect(run).toMatchObject({
      counts: { repositories: 1, listed: 3, enqueued: 9 },
      errors: [{ code: 'REPOSITORY_UNKNOWN' }],
    });
    expect(isComplete).toBe(true);
    expect(await fleet.sourceNotes.list(task.id)).toMatchObject([{ subject: 'repository', state: 'gone' }]);
  });

  it('leaves a target that somebody has paused to a later run, unless somebody waits for this one', async () => {
    const task = taskOf();
    const scope = { kind: 'registry', registry: other.host } as const;
    await fleet.holds.place({ scope, cause: 'operator', reason: '' });
    const { run, isComplete } = await expand(task);
    await fleet.holds.lift(scope, 'operator');
    expect(run).toMatchObject({ counts: { selected: 4, enqueued: 4 }, errors: [] });
    expect(isComplete).toBe(false);
    expect(other.requests.count({})).toBe(0);
  });

  it('leaves a target that tells nothing to a later run, while another one has gone on', async () => {
    const task = taskOf();
    other.inject({ held: true });
    const { run, isComplete } = await expand(task, 'schedule', GRACE_MS);
    expect(run).toMatchObject({ counts: { selected: 4, enqueued: 4 }, errors: [] });
    expect(isComplete).toBe(false);
  });
});
