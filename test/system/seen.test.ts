import { fillRegistry, listTags } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { pageOf } from '../named-tests.ts';
import { runsEnded } from './counts.ts';
import { plain, type Run, Site } from './site.ts';

interface Shown {
  readonly run: Run & { readonly bytesCopied?: number };
  readonly images: readonly {
    readonly source: string;
    readonly target: string;
    readonly outcome: string;
    readonly attempts: number;
    readonly digest?: string;
    readonly bytesCopied?: number;
    readonly error?: { readonly code: string };
  }[];
}

/** All names of keys in a document, but for those of its lists of queues, lanes and workers. */
function keysIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(keysIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    ['queues', 'lanes', 'workers'].includes(key) ? [key] : [key, ...keysIn(inner)],
  );
}

describe('system/seen', () => {
  it('shows what real runs have done: their counts and bytes, each image, and what failed and why', async () => {
    await using site = await Site.start();
    await fillRegistry(site.source, [{ repository: 'app', tags: ['1', '2'] }]);
    const regfleet = await site.command({
      relay: 'direct',
      tasks: [
        {
          name: 'app',
          interval: 3600,
          source: plain(site.source),
          target: plain(site.target),
          mappings: [{ from: 'app', to: 'mirror/app' }],
        },
      ],
      registries: Object.fromEntries(
        [site.source, site.target].map(({ host }) => [host, { 'skip-tls-verify': true }]),
      ),
    });
    const scheduler = await site.serve(regfleet, 'scheduler');
    await site.serve(regfleet, 'worker');
    await runsEnded(scheduler, ['app']);
    await expect.poll(async () => (await runsOf(['app']))[0]?.outcome, { timeout: 60_000 }).toBe('succeeded');
    const missing = ['copy', `${site.source.host}/app:3`, `${site.target.host}/copy/app:3`, '--wait'];
    expect((await regfleet.run(missing)).code).toBe(1);

    async function runsOf(words: readonly string[]): Promise<readonly Shown['run'][]> {
      const { runs } = (await regfleet.json(['runs', ...words])) as { runs: Shown['run'][] };
      return runs;
    }

    const [failed, first] = await runsOf([]);
    expect(failed).toMatchObject({ outcome: 'failed', errors: [{ code: 'MANIFEST_UNKNOWN' }] });
    expect(first).toMatchObject({ task: 'app', trigger: 'schedule', counts: { copied: 2 } });
    expect(await runsOf(['--failed'])).toEqual([failed]);

    const { run, images } = (await regfleet.json(['runs', 'show', first?.id ?? ''])) as Shown;
    expect(run).toEqual(first);
    expect(images.map(({ source }) => source).sort()).toEqual(
      ['1', '2'].map((tag) => `${site.source.host}/app:${tag}`),
    );
    expect(await listTags(site.target, 'mirror/app')).toEqual(['1', '2']);
    for (const image of images)
      expect(image).toMatchObject({
        outcome: 'copied',
        attempts: 1,
        digest: expect.stringMatching(/^sha256:/),
      });
    const bytes = images.reduce((sum, { bytesCopied = 0 }) => sum + bytesCopied, 0);
    expect(bytes).toBeGreaterThan(0);
    expect(run.bytesCopied).toBe(bytes);

    const { jobs } = (await regfleet.json(['jobs', '--failed'])) as { jobs: object[] };
    expect(jobs).toMatchObject([
      { runId: failed?.id, source: `${site.source.host}/app:3`, error: { code: 'MANIFEST_UNKNOWN' } },
    ]);
    const told = pageOf('operations.md');
    const documents = await Promise.all(
      [['runs'], ['runs', 'show', first?.id ?? ''], ['jobs', '--failed'], ['status']].map((words) =>
        regfleet.json(words),
      ),
    );
    const keys = new Set(documents.flatMap(keysIn));
    expect([...keys].filter((key) => !told.includes(`\`${key}\``) && !told.includes(`"${key}"`))).toEqual([]);
    for (const words of [['runs'], ['runs', 'show', failed?.id ?? ''], ['jobs', '--failed']])
      expect((await regfleet.run(words)).stdout).toContain('MANIFEST_UNKNOWN');
    expect((await regfleet.run(['runs', 'show', failed?.id ?? ''])).stdout).toContain(
      `${site.source.host}/app:3`,
    );
  });
});
