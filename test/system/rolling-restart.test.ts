import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOf, eventually, inMemoryRegistry, Regfleet, type RunningService } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { recordingSource } from './recording-source.ts';
import { plain, type Run, Site } from './site.ts';

// An image each, so that how many images are read at once can be told by their repositories.
const IMAGES = Array.from({ length: 1_000 }, (_, number) => ({
  name: `app-${number}`,
  tags: [`v${number}`],
}));
const LIMITS = { old: 4, new: 3 };
const DEADLINE_MS = 300_000;

type Build = keyof typeof LIMITS;

/** The config of one build: as the other's, but for the limit, the retries and a further task. */
function configOf(site: Site, source: string, build: Build): Record<string, unknown> {
  const task = (name: string, images: typeof IMAGES): object => ({
    name,
    schedule: '0 0 1 1 *',
    source: { registry: source, 'skip-tls-verify': true },
    target: plain(site.target),
    mappings: images.map(({ name: from, tags }) => ({ from, to: 'mirror/app', tags })),
  });
  const further = build === 'new' ? [task('further', [{ name: 'lib', tags: ['v1'] }])] : [];
  return {
    redis: { url: site.redis.url },
    relay: 'direct',
    retries: { attempts: build === 'new' ? 4 : 3 },
    registries: { [source]: { concurrency: LIMITS[build] } },
    tasks: [task('app', IMAGES), ...further],
  };
}

describe('system/rolling-restart', () => {
  it('ends a run of 1,000 images exactly while every process is replaced by one of another config', {
    timeout: DEADLINE_MS,
  }, async () => {
    await using site = await Site.start();
    const images = site.keep(await inMemoryRegistry({ repositories: IMAGES }));
    const source = site.keep(await recordingSource(images, 2));
    const commandOf = async (build: Build): Promise<Regfleet> => {
      const file = join(site.folder.path, `${build}.yaml`);
      await writeFile(file, stringify(configOf(site, source.host, build)));
      return new Regfleet({ config: file, timeoutMs: DEADLINE_MS });
    };
    const old = await commandOf('old');
    const replacement = await commandOf('new');
    const serve = (by: Regfleet, service: 'scheduler' | 'worker'): Promise<RunningService> =>
      site.serve(by, service, service === 'worker' ? ['--lock', '10'] : []);
    const roles = ['scheduler', 'worker', 'worker', 'worker'] as const;
    const services: RunningService[] = [];
    for (const role of roles) services.push(await serve(old, role));

    const waiting = replacement.json(['enqueue', 'app', '--wait']) as Promise<Run>;
    for (const [index, role] of roles.entries()) {
      const least = 150 * (index + 1);
      await eventually(() => source.seen.size >= least, { deadlineMs: 120_000, what: `${least} images` });
      services.push(await serve(replacement, role));
      await services[index]?.process.stop();
    }
    const run = await waiting;

    const none = { unchanged: 0, failed: 0, skipped: 0 };
    const counts = { selected: 1_000, enqueued: 1_000, copied: 1_000, ...none };
    expect(run).toMatchObject({ outcome: 'succeeded', counts, errors: [] });
    expect(source.most).toBeLessThanOrEqual(LIMITS.old);
    for (const { process } of services) expect(process.stdout()).not.toMatch(/"attempt":(?!1\b)/);
    for (const { name, tags } of IMAGES)
      for (const tag of tags)
        expect(await digestOf(site.target, 'mirror/app', tag)).toBe(images.digestOf(name, tag));
  });
});
