import { randomUUID } from 'node:crypto';
import { parseConfig, type SyncConfig } from '@regfleet/config';
import { startRedis } from '@regfleet/harness';
import { parseReference, silentLogger } from '@regfleet/model';
import { connectFleet } from '@regfleet/queue';
import { createRegistries } from '@regfleet/registry';
import { openRelay } from '@regfleet/relay';
import { createMetrics } from '@regfleet/runtime';
import { afterEach, describe, expect, it } from 'vitest';
import { copyLog } from './copy-listener.ts';
import { startWorker } from './worker.ts';

// Nobody listens there: copies end at once.
const [NAMED, FOREIGN] = ['127.0.0.1:1', '127.0.0.1:2'];
const RELAY_OPTIONS = { skopeo: { binary: '', certsDir: '' } };

describe('worker/worker', () => {
  let closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.reverse()) await close();
    closing = [];
  });

  async function startFleet() {
    const redis = await startRedis();
    closing.push(() => redis.stop());
    const connect = { url: redis.url, prefix: randomUUID(), logger: silentLogger, deadlineMs: 5_000 };
    const fleet = await connectFleet(connect);
    closing.push(() => fleet.close());
    return fleet;
  }

  it('takes copies from registries that its config names, and from others once a new config names them', async () => {
    const fleet = await startFleet();
    const registries = createRegistries({ logger: silentLogger, env: {} });
    const relay = await openRelay('direct', RELAY_OPTIONS, { logger: silentLogger });
    const metrics = await createMetrics();
    const worker = await startWorker({
      id: 'worker',
      config: configOf([NAMED]),
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
      () => registries.close(),
      () => worker.drain(),
    );
    const copy = (from: string): Promise<string> => {
      const request = {
        relay: 'direct',
        source: parseReference(`${from}/a:v1`),
        target: parseReference(`${NAMED}/${randomUUID()}:v1`),
      } as const;
      return fleet.copyOnce({ request, attempts: 1, backoffMs: 1, maxBackoffMs: 1 });
    };
    const foreign = await copy(FOREIGN);
    expect(await fleet.runs.wait(await copy(NAMED))).toMatchObject({ outcome: 'failed' });
    expect(await fleet.lanes.status()).toMatchObject([
      { source: NAMED, waiting: 0 },
      { source: FOREIGN, waiting: 1, active: 0, delayed: 0 },
    ]);
    worker.reload(configOf([NAMED, FOREIGN]));
    expect(await fleet.runs.wait(foreign)).toMatchObject({ outcome: 'failed' });
  });
});

function configOf(hosts: readonly string[]): SyncConfig {
  const text = JSON.stringify({
    relay: 'direct',
    registries: Object.fromEntries(hosts.map((host) => [host, {}])),
    tasks: [
      {
        name: 't',
        source: { registry: NAMED },
        target: { registry: NAMED },
        mappings: [{ from: 'a', to: 'b' }],
      },
    ],
  });
  const { config, issues } = parseConfig(text, { file: 'test.yaml', env: {} });
  if (config === undefined) throw new Error(JSON.stringify(issues));
  return config;
}
