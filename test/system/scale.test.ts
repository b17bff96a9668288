import { readFile } from 'node:fs/promises';
import { inMemoryRegistry } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { type Run, Site } from './site.ts';

const TAGS = Array.from({ length: 10_000 }, (_, number) => `v${String(number).padStart(5, '0')}`);
const MOST_KIB = 250 * 1024;

describe('system/scale', () => {
  it('expands 10,000 tags that are in sync within 250 MiB, by two HEADs a tag and without a job', async () => {
    await using site = await Site.start();
    const repositories = [{ name: 'app', tags: TAGS }];
    const [source, target] = await Promise.all([
      inMemoryRegistry({ repositories }),
      inMemoryRegistry({ repositories }),
    ]);
    site.keep(source);
    site.keep(target);
    const location = ({ url }: { url: string }): object => ({
      registry: new URL(url).host,
      'skip-tls-verify': true,
    });
    const regfleet = await site.command({
      relay: 'skopeo',
      tasks: [
        {
          name: 'app',
          schedule: '0 0 1 1 *',
          source: location(source),
          target: location(target),
          mappings: [{ from: 'app' }],
        },
      ],
    });
    const scheduler = await site.serve(regfleet, 'scheduler');

    const run = (await regfleet.runTask('app')) as Run;

    expect(run).toMatchObject({
      outcome: 'succeeded',
      counts: { listed: 10_000, selected: 10_000, inSync: 10_000, enqueued: 0 },
    });
    const status = await readFile(`/proc/${scheduler.process.pid}/status`, 'utf8');
    expect(Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1])).toBeLessThan(MOST_KIB);
    for (const registry of [source, target]) {
      expect(registry.requests.count({ kind: 'manifest', method: 'HEAD' })).toBe(10_000);
      expect(registry.requests.count({ kind: 'manifest', method: 'GET' })).toBe(0);
    }
  });
});
