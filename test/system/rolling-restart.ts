import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOf, eventually, inMemoryRegistry, Regfleet, type RunningService } from '@regfleet/harness';
import { expect } from 'vitest';
import { stringify } from 'yaml';
import { recordingSource } from './recording-source.ts';
import { plain, type Run, Site } from './site.ts';

type Images = readonly { readonly name: string; readonly tags: readonly string[] }[];

/** A repository each, by which it can be told how many images are read at once. */
const imagesOf = (count: number): Images =>
  Array.from({ length: count }, (_, number) => ({ name: `app-${number}`, tags: [`v${number}`] }));

const LIMITS = { old: 4, new: 3 };
export const DEADLINE_MS = 300_000;

type Build = keyof typeof LIMITS;

/** The config of one build: as the other's, but for the limit, the retries and a further task. */
function configOf(
  site: Site,
  source: string,
  { build, images }: { build: Build; images: Images },
): Record<string, unknown> {
  const task = (name: string, mapped: Images): object => ({
    name,
    schedule: '0 0 1 1 *',
    source: { registry: source, 'skip-tls-verify': true },
    target: plain(site.target),
    mappings: mapped.map(({ name: from, tags }) => ({ from, to: 'mirror/app', tags })),
  });
  const further = build === 'new' ? [task('further', [{ name: 'lib', tags: ['v1'] }])] : [];
  return {
    redis: { url: site.redis.url },
    relay: 'direct',
    retries: { attempts: build === 'new' ? 4 : 3 },
    registries: { [source]: { concurrency: LIMITS[build] } },
    tasks: [task('app', images), ...further],
  };
}

/** Replaces every process by one of another config while a run of so many images goes on, and checks that nothing came of it. */
export async function rollingRestart(count: number): Promise<void> {
  await using site = await Site.start();
  const images = imagesOf(count);
  const content = site.keep(await inMemoryRegistry({ repositories: images }));
  const source = site.keep(await recordingSource(content, 2));
  const commandOf = async (build: Build): Promise<Regfleet> => {
    const file = join(site.folder.path, `${build}.yaml`);
    await writeFile(file, stringify(configOf(site, source.host, { build, images })));
    return new Regfleet({ config: file, timeoutMs: DEADLINE_MS });
  };
  const old = await commandOf('old');
  const replacement = await commandOf('new');
  const serve = (by: Regfleet, service: 'scheduler' | 'worker'): Promise<RunningService> =>
    site.serve(by, service, service === 'worker' ? ['--lock', '10'] : []);
  const roles = ['scheduler', 'worker', 'worker', 'worker'] as const;
  const services: RunningService[] = [];
  for (const role of roles) services.push(await serve(old, role));

  const waiting = replacement.runTask('app') as Promise<Run>;
  for (const [index, role] of roles.entries()) {
    const least = 0.15 * count * (index + 1);
    await eventually(() => source.seen.size >= least, { deadlineMs: 120_000, what: `${least} images` });
    services.push(await serve(replacement, role));
    await services[index]?.process.stop();
  }
  const run = await waiting;

  const none = { unchanged: 0, failed: 0, skipped: 0 };
  const counts = { selected: count, enqueued: count, copied: count, ...none };
  expect(run).toMatchObject({ outcome: 'succeeded', counts, errors: [] });
  expect(source.most).toBeLessThanOrEqual(LIMITS.old);
  for (const { process } of services) expect(process.stdout()).not.toMatch(/"attempt":(?!1\b)/);
  for (const { name, tags } of images)
    for (const tag of tags)
      expect(await digestOf(site.target, 'mirror/app', tag)).toBe(content.digestOf(name, tag));
}
