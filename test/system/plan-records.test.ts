import { countingProxy, eventually, fillRegistry } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { plain, Site } from './site.ts';

const WARNING = /^warning: the plan goes on without the sync records: /gm;

const IN_SYNC = [{ state: 'in-sync' }, { state: 'in-sync' }];

describe('system/plan-records', () => {
  it('warns of a Redis that does not answer, and plans without its records', async () => {
    await using site = await filledSite();
    const tasks = [taskFrom(site, site.source.host)];
    const regfleet = await site.command({ relay: 'direct', tasks });
    await site.redis.stop();
    for (const flags of [[], ['--redis', site.redis.url]]) {
      const { code, stdout, stderr } = await regfleet.run(['plan', '--json', ...flags]);
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject([{ images: IN_SYNC, errors: [] }]);
      expect(stderr.match(WARNING)).toHaveLength(1);
      expect(stderr).toContain(`REDIS_UNREACHABLE: Redis at ${site.redis.url} did not answer`);
    }
  });

  it('warns once of a Redis that dies during the plan, and goes on without its records', async () => {
    await using site = await filledSite();
    const proxy = site.keep(await countingProxy(site.source));
    const held = proxy.inject({ kind: 'manifest', method: 'HEAD', held: true });
    const regfleet = await site.command({ relay: 'direct', tasks: [taskFrom(site, proxy.host)] });
    const planning = site.keep(await regfleet.spawn(['plan', '--json']));
    await eventually(() => held.hits > 0);
    await site.redis.kill();
    held.remove();
    expect(await planning.exited).toEqual({ code: 0, signal: null });
    expect(JSON.parse(planning.stdout())).toMatchObject([{ images: IN_SYNC, errors: [] }]);
    expect(planning.stderr().match(WARNING)).toHaveLength(1);
  });

  it('fails where what is configured is no Redis', async () => {
    await using site = await filledSite();
    const regfleet = await site.command({ relay: 'direct', tasks: [taskFrom(site, site.source.host)] });
    const { code, stderr } = await regfleet.run(['plan', '--redis', 'http://127.0.0.1']);
    expect(code).toBe(2);
    expect(stderr).toContain('REDIS_UNSUITABLE');
  });
});

/** The target holds what the source does. */
async function filledSite(): Promise<Site> {
  const site = await Site.start();
  const images = [{ repository: 'app', tags: ['1', '2'] }];
  await Promise.all([fillRegistry(site.source, images), fillRegistry(site.target, images)]);
  return site;
}

const taskFrom = (site: Site, registry: string): object => ({
  name: 'app',
  source: { registry, 'skip-tls-verify': true },
  target: plain(site.target),
  mappings: [{ from: 'app' }],
});
