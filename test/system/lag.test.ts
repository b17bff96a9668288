import { fillRegistry, type RunningService, startPrometheus, type TestPrometheus } from '@regfleet/harness';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { dashboards, queriesOf } from '../deploy/dashboards.ts';
import { readDeployFile } from '../deploy/read.ts';
import { plain, Site } from './site.ts';

const PATIENCE = { timeout: 30_000, interval: 100 };

/** The rules that are shipped, but for the time that something has to last. */
const AT_ONCE = readDeployFile('alerts/regfleet.rules.yaml').replaceAll(/^ +for: .*\n/gm, '');
const TWO_HOURS_MS = 2 * 60 * 60_000;

/** One scheduler and two workers that a real Prometheus scrapes. */
class WatchedFleet implements AsyncDisposable {
  readonly site: Site;
  readonly prometheus: TestPrometheus;

  private constructor(site: Site, prometheus: TestPrometheus) {
    this.site = site;
    this.prometheus = prometheus;
  }

  static async start(): Promise<WatchedFleet> {
    const site = await Site.start();
    return new WatchedFleet(site, site.keep(await startPrometheus(AT_ONCE)));
  }

  command() {
    const { source, target } = this.site;
    const places = { source: plain(source), target: plain(target) };
    const tasks = [
      { name: 'app', schedule: '0 0 1 1 *', ...places, mappings: [{ from: 'app', to: 'mirror/app' }] },
    ];
    return this.site.command({ relay: 'direct', tasks });
  }

  /** Of the only series; absent: there is none. */
  async valueOf(query: string): Promise<number | undefined> {
    const [sample] = await this.prometheus.query(query);
    return sample?.value;
  }

  /** As if what is behind had been seen two hours earlier. */
  async age(): Promise<void> {
    const redis = new Redis(this.site.redis.url);
    const key = '{regfleet}:behind:app';
    for (const name of await redis.zrange(key, 0, -1)) await redis.zincrby(key, -TWO_HOURS_MS, name);
    redis.disconnect();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.site[Symbol.asyncDispose]();
  }
}

const exposed = async ({ url }: RunningService): Promise<string> => (await fetch(`${url}/metrics`)).text();

const told = (text: string, series: string): number | undefined => {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length));
};

const LAG = 'regfleet_task_lag_seconds{task="app"}';

describe('system/lag', () => {
  it('is right within one scrape when a tag moves while no worker runs, and after, and alerts fire and end with it', async () => {
    await using watched = await WatchedFleet.start();
    const { site, prometheus } = watched;
    await fillRegistry(site.source, [{ repository: 'app', tags: ['1.0.0', '2'] }]);
    const regfleet = await watched.command();
    const scheduler = await site.serve(regfleet, 'scheduler');
    const failed = 'regfleet_runs_total{task="app",outcome="failed"}';
    await expect.poll(async () => told(await exposed(scheduler), failed), PATIENCE).toBe(0);
    expect(told(await exposed(scheduler), LAG)).toBeUndefined();
    const startWorkers = () => Promise.all([1, 2].map(() => site.serve(regfleet, 'worker')));
    const workers = await startWorkers();
    await prometheus.scrape([scheduler, ...workers].map(({ url }) => url));
    await regfleet.runTask('app');
    const inSync = await exposed(scheduler);
    expect(told(inSync, LAG)).toBe(0);
    expect(told(inSync, 'regfleet_task_images{task="app",state="in-sync"}')).toBe(2);
    await expect.poll(() => watched.valueOf(LAG), PATIENCE).toBe(0);
    await expect
      .poll(() => watched.valueOf('sum(regfleet_copied_bytes_total{side="target"})'), PATIENCE)
      .toBeGreaterThan(0);
    await expect.poll(() => prometheus.firing(), PATIENCE).toEqual([]);
    for (const query of dashboards().flatMap(([, dashboard]) => queriesOf(dashboard)))
      expect(await prometheus.query(query)).toBeInstanceOf(Array);

    await Promise.all(workers.map(({ process }) => process.stop()));
    await fillRegistry(site.source, [
      { repository: 'app', tags: ['1.0.0'], image: () => ({ layers: ['moved'] }) },
    ]);
    const movedAtMs = Date.now();
    await regfleet.run(['enqueue', 'app']);
    await expect.poll(async () => told(await exposed(scheduler), LAG), PATIENCE).toBeGreaterThan(0);
    const lag = told(await exposed(scheduler), LAG) ?? Number.NaN;
    expect(lag).toBeLessThanOrEqual((Date.now() - movedAtMs) / 1000);
    await expect.poll(() => watched.valueOf(LAG), PATIENCE).toBeGreaterThanOrEqual(lag);
    expect((await regfleet.run(['status'])).stdout).toMatch(
      /^app: 1 image is behind the source, the first for /m,
    );

    await expect
      .poll(() => prometheus.firing(), PATIENCE)
      .toEqual(['RegfleetVanished', 'RegfleetWorkerLost']);
    await watched.age();
    await expect
      .poll(() => prometheus.firing(), PATIENCE)
      .toEqual(['RegfleetTaskStale', 'RegfleetVanished', 'RegfleetWorkerLost']);

    // First sight is kept by Redis, not by the process that had it.
    const successor = await site.serve(regfleet, 'scheduler');
    await scheduler.process.stop();
    await expect
      .poll(async () => told(await exposed(successor), LAG), PATIENCE)
      .toBeGreaterThanOrEqual(lag + TWO_HOURS_MS / 1000);
    const again = await startWorkers();
    await prometheus.scrape([successor, ...again].map(({ url }) => url));
    await expect.poll(async () => told(await exposed(successor), LAG), PATIENCE).toBe(0);
    expect(told(await exposed(successor), 'regfleet_task_images{task="app",state="behind"}')).toBe(0);
    await expect.poll(() => watched.valueOf(LAG), PATIENCE).toBe(0);
    await expect.poll(() => prometheus.firing(), PATIENCE).toEqual(['RegfleetVanished']);
    expect((await regfleet.run(['status'])).stdout).toMatch(
      /^app: tag \S+\/app:1\.0\.0 names another image at the source: seen first/m,
    );
    await fillRegistry(site.source, [{ repository: 'app', tags: ['1.0.0'] }]);
    await regfleet.runTask('app');
    await expect.poll(() => prometheus.firing(), PATIENCE).toEqual([]);
  });
});
