import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { parseConfig, type SyncConfig } from '@regfleet/config';
import { type FleetStore, RateLimitPauses } from '@regfleet/fleet';
import { openLocalFleet } from '@regfleet/local';
import { silentLogger } from '@regfleet/model';
import { connectFleet } from '@regfleet/queue';
import { createRegistries, type Registries } from '@regfleet/registry';
import { openRelay, type Relay } from '@regfleet/relay';
import { createMetrics } from '@regfleet/runtime';
import { type SchedulerOptions, startScheduler } from '@regfleet/scheduler';
import { copyLog, startWorker, type WorkerOptions } from '@regfleet/worker';

// A process of its own, `node --expose-gc <this> sync|fleet <source> <target> <redis>`: mirrors moving tags again and again, and
// prints as JSON what it holds after each third.

const [mode = '', source = '', target = '', redis = ''] = process.argv.slice(2);
const TAGS = ['v1', 'v2', 'v3', 'v4', 'v5', 'v6', 'v7', 'v8'];
const RUNS = 300;
// With the manifests of 300 runs of 8 images it is just full.
const MANIFEST_CACHE_BYTES = 2 * 1024 * 1024;

const { config, issues } = parseConfig(
  JSON.stringify({
    relay: 'direct',
    tasks: [
      {
        name: 'moving',
        // Fires in no soak: runs of our own alone, none of which is skipped for another.
        schedule: '0 0 29 2 *',
        source: { registry: source, 'skip-tls-verify': true },
        target: { registry: target, 'skip-tls-verify': true },
        mappings: [{ from: 'app', to: 'mirror/app', tags: TAGS }],
      },
    ],
  }),
  { file: 'soak.yaml', env: {} },
);
if (config === undefined) throw new Error(JSON.stringify(issues));
const registries = createRegistries({
  logger: silentLogger,
  env: {},
  manifestCacheBytes: MANIFEST_CACHE_BYTES,
});
const relay = await openRelay('direct', {}, { logger: silentLogger });
const mirror = mode === 'fleet' ? fleetMirror : syncMirror;
await mirror(config, registries, relay);
process.exit();

type Run = () => Promise<{ readonly outcome?: string; readonly counts: { readonly copied: number } }>;

/** What the process holds after each third of the runs, once all garbage has gone. */
async function measure(run: Run): Promise<void> {
  const held: object[] = [];
  for (let third = 0; third < 3; third += 1) {
    for (let index = 0; index < RUNS; index += 1) {
      await move();
      const { outcome, counts } = await run();
      if (outcome !== 'succeeded' || counts.copied !== TAGS.length)
        throw new Error(`run ${index} ${outcome}: ${JSON.stringify(counts)}`);
    }
    for (let pass = 0; pass < 5; pass += 1) {
      globalThis.gc?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    held.push({ heapUsed, arrayBuffers });
  }
  process.stdout.write(JSON.stringify(held));
}

function move(): Promise<void> {
  const query = TAGS.map((tag) => `tag=${tag}`).join('&');
  return new Promise((resolve, reject) => {
    request(`http://${source}/move?${query}`, { method: 'POST' }, (response) => {
      response.resume().on('end', resolve);
    })
      .on('error', reject)
      .end();
  });
}

async function syncMirror(whole: SyncConfig, from: Registries, by: Relay): Promise<void> {
  const pauses = new RateLimitPauses({ mostInRow: 10, onPause: () => undefined });
  const fleet = openLocalFleet({ logger: silentLogger, pauses });
  await measureIn(fleet, whole, { from, by });
}

async function fleetMirror(whole: SyncConfig, from: Registries, by: Relay): Promise<void> {
  const fleet = await connectFleet({ url: redis, prefix: randomUUID(), logger: silentLogger });
  const shared = {
    fleetwide: { store: fleet, metrics: await createMetrics() },
    processes: fleet.processes,
    lockMs: 60_000,
  };
  await measureIn(fleet, whole, { from, by, shared });
}

async function measureIn(
  fleet: FleetStore,
  whole: SyncConfig,
  { from, by, shared }: { from: Registries; by: Relay; shared?: Partial<SchedulerOptions & WorkerOptions> },
): Promise<void> {
  const parts = {
    ...shared,
    config: whole,
    fleet,
    registries: from,
    logger: silentLogger,
    concurrency: 4,
    graceMs: 0,
  };
  const metrics = await createMetrics();
  await startScheduler({ ...parts, id: 'scheduler' });
  await startWorker({
    ...parts,
    id: 'worker',
    relays: new Map([[by.name, by]]),
    listener: (current) => copyLog({ metrics, logger: silentLogger }, current),
  });
  const [task] = whole.tasks;
  if (task === undefined) throw new Error('no task');
  await measure(async () => fleet.runs.wait(await fleet.schedules.fire(task.id, 'operator')));
}
