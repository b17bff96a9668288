import { countingProxy, fillRegistry } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { total } from './counts.ts';
import { plain, type Run, Site } from './site.ts';

const PER_SECOND = 20;
// A machine that is busy sees some of what came evenly at once.
const MOST_REFUSED = 10;
const REPOSITORIES = Array.from({ length: 10 }, (_, number) => `app-${number}`);

describe('system/rates', () => {
  it('asks a registry no faster than it takes, waits as long as it asks for, and spends no attempt', async () => {
    await using site = await Site.start();
    const source = site.keep(
      await countingProxy(site.source, { limit: { perSecond: PER_SECOND, burst: 5 } }),
    );
    await fillRegistry(
      site.source,
      REPOSITORIES.map((repository) => ({ repository, tags: ['v1'] })),
    );
    const regfleet = await site.command({
      relay: 'direct',
      retries: { attempts: 1 },
      registries: {
        [source.host]: { 'requests-per-second': PER_SECOND, bandwidth: '50MB', 'skip-tls-verify': true },
      },
      tasks: [
        {
          name: 'all',
          schedule: '0 0 1 1 *',
          source: { registry: source.host, 'skip-tls-verify': true },
          target: plain(site.target),
          mappings: REPOSITORIES.map((from) => ({ from })),
        },
      ],
    });
    const services = [await site.serve(regfleet, 'scheduler')];
    for (let count = 0; count < 2; count += 1) services.push(await site.serve(regfleet, 'worker'));
    const fault = source.inject({
      method: 'GET',
      path: /app-5\/blobs/,
      times: 1,
      status: 429,
      headers: { 'retry-after': '6' },
    });
    const run = (await regfleet.runTask('all')) as Run;
    expect(run).toMatchObject({ outcome: 'succeeded', counts: { copied: REPOSITORIES.length, failed: 0 } });
    expect(fault.hits).toBe(1);
    // The one that was injected: the copies of a registry that is paused are put off, none is refused again.
    expect(await total(services, /^regfleet_registry_requests_total\{.*code="429"\} (.*)$/gm)).toBe(
      1 + source.refused,
    );
    expect(source.refused).toBeLessThan(source.requests.count() / MOST_REFUSED);
    const waits = new RegExp(
      `^regfleet_registry_wait_seconds_total\\{registry="${source.host}"\\} (.*)$`,
      'gm',
    );
    expect(await total(services, waits)).toBeGreaterThan(0);
  });

  it('asks no faster in one process without a Redis', async () => {
    const perSecond = 5;
    const repositories = REPOSITORIES.slice(0, 4);
    await using site = await Site.start();
    const source = site.keep(await countingProxy(site.source));
    await fillRegistry(
      site.source,
      repositories.map((repository) => ({ repository, tags: ['v1'] })),
    );
    const regfleet = await site.command({
      relay: 'direct',
      registries: { [source.host]: { 'requests-per-second': perSecond, 'skip-tls-verify': true } },
      tasks: [
        {
          name: 'all',
          source: { registry: source.host, 'skip-tls-verify': true },
          target: plain(site.target),
          mappings: repositories.map((from) => ({ from })),
        },
      ],
    });
    const sinceMs = performance.now();
    expect(await regfleet.json(['sync', '--once', '--egress', 'nat-1'])).toMatchObject([
      { outcome: 'succeeded', counts: { copied: repositories.length } },
    ]);
    const seconds = (performance.now() - sinceMs) / 1000;
    expect(source.requests.count()).toBeLessThanOrEqual(1 + perSecond * seconds);
  });
});
