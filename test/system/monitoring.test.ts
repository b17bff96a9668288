import { readFile } from 'node:fs/promises';
import {
  fillRegistry,
  type RunningService,
  type Sample,
  startPrometheus,
  type TestPrometheus,
} from '@regfleet/harness';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { plain, Site } from './site.ts';

const DOCS = new URL('../../docs/metrics.md', import.meta.url);
const TWO_DAYS_MS = 2 * 24 * 60 * 60 * 1000;
const PATIENCE = { timeout: 30_000, interval: 200 };
const PREFIX = '{regfleet}';

/** The documented queries by the question that they answer, as somebody would copy them. */
async function documentedQueries(): Promise<Map<string, string>> {
  const [, table = ''] = (await readFile(DOCS, 'utf8')).split('| question | query |');
  const rows = [...table.matchAll(/^\| ([^|`]+) \| `((?:[^|`]|\\\|)+)` \|$/gm)];
  return new Map(rows.map(([, question = '', query = '']) => [question, query.replaceAll('\\|', '|')]));
}

const tasksOf = (samples: readonly Sample[]): string[] =>
  samples.map(({ labels }) => labels.task ?? '').sort();

/** A mirror with a task that works, one that has never succeeded, and one that is about to leave the config. */
class MonitoredSite implements AsyncDisposable {
  readonly site: Site;
  readonly redis: Redis;
  readonly #queries: Map<string, string>;
  readonly #prometheus: TestPrometheus;
  #asked = new Set<string>();

  private constructor(site: Site, queries: Map<string, string>, prometheus: TestPrometheus) {
    this.site = site;
    this.#queries = queries;
    this.#prometheus = prometheus;
    this.redis = new Redis(site.redis.url);
  }

  static async start(): Promise<MonitoredSite> {
    const site = await Site.start();
    return new MonitoredSite(site, await documentedQueries(), site.keep(await startPrometheus()));
  }

  command(names: readonly ('healthy' | 'broken' | 'removed')[]) {
    const { source, target } = this.site;
    const places = { schedule: '0 0 1 1 *', source: plain(source), target: plain(target) };
    const nothing = { from: 'app', to: 'nothing', tags: ['semver: >=99.0.0'] };
    const mappings = {
      healthy: [{ from: 'app', to: 'healthy' }, nothing],
      broken: [{ from: 'app', to: 'broken', tags: ['nowhere'] }],
      removed: [{ from: 'app', to: 'removed' }],
    };
    return this.site.command({
      relay: 'direct',
      tasks: names.map((name) => ({
        ...places,
        name,
        mappings: mappings[name],
      })),
    });
  }

  scrape(services: readonly RunningService[]): Promise<void> {
    return this.#prometheus.scrape(services.map(({ url }) => url));
  }

  async ask(question: string): Promise<Sample[]> {
    this.#asked.add(question);
    return this.#prometheus.query(this.#queries.get(question) ?? `no query answers "${question}"`);
  }

  get unasked(): string[] {
    return [...this.#queries.keys()].filter((question) => !this.#asked.has(question));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.redis.disconnect();
    await this.site[Symbol.asyncDispose]();
  }
}

const BEHIND = 'which task has not succeeded for a day';
const UNKNOWN = 'of which task is that not known';
const LACKING = "which task's targets lack something for an hour";
const LATE = 'which task should have run ten minutes ago, and has not begun';

describe('system/monitoring', () => {
  it('answers every question of docs/metrics.md by its query, asked of a real Prometheus', async () => {
    await using monitored = await MonitoredSite.start();
    const { site, redis } = monitored;
    await fillRegistry(site.source, [{ repository: 'app', tags: ['1'] }]);
    const regfleet = await monitored.command(['healthy', 'broken', 'removed']);
    const scheduler = await site.serve(regfleet, 'scheduler');
    const worker = await site.serve(regfleet, 'worker');
    await monitored.scrape([scheduler, worker]);
    const knows = (task: string) => redis.hexists(`${PREFIX}:task:${task}`, 'knownSinceMs');
    for (const task of ['broken', 'removed']) {
      await expect.poll(() => knows(task), PATIENCE).toBe(1);
      await redis.hset(`${PREFIX}:task:${task}`, 'knownSinceMs', Date.now() - TWO_DAYS_MS);
    }
    const behind = async () => tasksOf(await monitored.ask(BEHIND));
    await expect.poll(behind, PATIENCE).toEqual(['broken', 'removed']);
    const untold = async () => tasksOf(await monitored.ask(UNKNOWN));
    await expect.poll(untold, PATIENCE).toEqual(['broken', 'healthy', 'removed']);

    await regfleet.run(['enqueue', 'healthy', 'broken', '--wait']);
    await expect.poll(() => monitored.ask('which registry fails, and how'), PATIENCE).toHaveLength(1);
    // A counter says how often only from its second scrape on.
    await fillRegistry(site.source, [{ repository: 'app', tags: ['2'] }]);
    await regfleet.run(['enqueue', 'healthy', 'broken', '--wait']);
    const failing = async () => (await monitored.ask('which registry fails, and how'))[0];
    await expect.poll(failing, PATIENCE).toEqual({
      labels: { registry: site.source.host, side: 'source', code: 'MANIFEST_UNKNOWN' },
      value: expect.toSatisfy((value: number) => value > 0),
    });
    const numberOf = async (question: string) => (await monitored.ask(question))[0]?.value;
    await expect.poll(() => numberOf('images copied per minute'), PATIENCE).toBeGreaterThan(0);
    await expect.poll(() => numberOf('is the fleet busy'), PATIENCE).toBe(0);
    const choosesNothing = () => monitored.ask('which task has a filter that chooses nothing');
    await expect.poll(async () => tasksOf(await choosesNothing()), PATIENCE).toEqual(['healthy']);
    // What the source does not have is nothing to be behind of.
    await expect.poll(untold, PATIENCE).toEqual(['removed']);
    expect(await monitored.ask(LACKING)).toEqual([]);
    expect(tasksOf(await monitored.ask('what is not at a source as it was'))).toEqual(['broken']);
    expect(await monitored.ask('whose Redis has not answered for a minute')).toEqual([]);
    expect(await monitored.ask('who is limiting us')).toEqual([]);
    expect(await monitored.ask('whose requests wait for our own limits, and how many do on average')).toEqual(
      [],
    );
    expect(await monitored.ask('is a registry down, or a password wrong')).toEqual([]);
    // Three firings are planned for New Year's Day.
    const scale = async ({ url }: RunningService) => await fetch(`${url}/scale`);
    expect(await (await scale(scheduler)).json()).toEqual({ copies: 0, waiting: 0, active: 0, delayed: 0 });
    expect((await scale(worker)).status).toBe(404);
    await expect.poll(() => numberOf('how much work waits'), PATIENCE).toBe(0);
    expect(await behind()).toEqual(['broken', 'removed']);

    expect(await monitored.ask(LATE)).toEqual([]);
    await redis.zadd(`${PREFIX}:runs:repeat`, Date.now() - TWO_DAYS_MS, 'broken');
    await expect.poll(async () => tasksOf(await monitored.ask(LATE)), PATIENCE).toEqual(['broken']);
    expect(monitored.unasked).toEqual([]);

    await monitored.command(['healthy', 'broken']);
    for (const { process } of [scheduler, worker]) {
      process.kill('SIGHUP');
      await process.waitForLine(/config reloaded/);
    }
    await expect.poll(behind, PATIENCE).toEqual(['broken']);
    const successor = await site.serve(regfleet, 'scheduler');
    await scheduler.process.stop();
    await monitored.scrape([successor, worker]);
    await expect.poll(() => numberOf('how much work waits'), PATIENCE).toBe(0);
    await expect.poll(behind, PATIENCE).toEqual(['broken']);
  });
});
