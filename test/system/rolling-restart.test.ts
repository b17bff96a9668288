import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  countingProxy,
  digestOf,
  eventually,
  fillRegistry,
  Regfleet,
  type RunningService,
} from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { plain, type Run, Site } from './site.ts';

const TAGS = Array.from({ length: 1_000 }, (_, number) => `v${number}`);
const LOCK = ['--lock', '10'];

/** The config of one build: as the other's, but for limits, retries and a further task. */
function configOf(site: Site, source: string, isNew: boolean): Record<string, unknown> {
  const from = { registry: source, 'skip-tls-verify': true };
  const other = isNew
    ? [
        {
          name: 'new',
          schedule: '0 0 1 1 *',
          source: from,
          target: plain(site.target),
          mappings: [{ from: 'lib' }],
        },
      ]
    : [];
  return {
    redis: { url: site.redis.url },
    relay: 'direct',
    retries: { attempts: isNew ? 4 : 3 },
    registries: { [source]: { concurrency: isNew ? 3 : 4 } },
    tasks: [
      {
        name: 'app',
        schedule: '0 0 1 1 *',
        source: from,
        target: plain(site.target),
        mappings: [{ from: 'app' }],
      },
      ...other,
    ],
  };
}

describe('system/rolling-restart', () => {
  it('ends a run of 1,000 images exactly while every process is replaced by one of another config', async () => {
    await using site = await Site.start();
    const filled = await fillRegistry(site.source, [{ repository: 'app', tags: TAGS }]);
    const source = site.keep(await countingProxy(site.source, { latencyMs: 5 }));
    const buildOf = async (name: string, isNew: boolean): Promise<Regfleet> => {
      const file = join(site.folder.path, name);
      await writeFile(file, stringify(configOf(site, source.host, isNew)));
      return new Regfleet({ config: file, timeoutMs: 300_000 });
    };
    const [old, next] = [await buildOf('old.yaml', false), await buildOf('new.yaml', true)];
    const services: RunningService[] = [
      await site.serve(old, 'scheduler'),
      await site.serve(old, 'worker', LOCK),
      await site.serve(old, 'worker', LOCK),
      await site.serve(old, 'worker', LOCK),
    ];
    const waiting = next.json(['enqueue', 'app', '--wait']) as Promise<Run>;
    const begun = (): number => source.requests.count({ method: 'GET', kind: 'manifest' });
    for (const [index, service] of services.entries()) {
      const least = 100 * (index + 1);
      await eventually(() => begun() >= least, { deadlineMs: 120_000, what: `${least} images` });
      await site.serve(next, index === 0 ? 'scheduler' : 'worker', index === 0 ? [] : LOCK);
      await service.process.stop();
    }
    const run = await waiting;

    expect(run).toMatchObject({
      outcome: 'succeeded',
      counts: { selected: 1_000, enqueued: 1_000, copied: 1_000, unchanged: 0, failed: 0, skipped: 0 },
      errors: [],
    });
    for (const { tag, digest } of filled) expect(await digestOf(site.target, 'app', tag)).toBe(digest);
  });
});
