import { inMemoryRegistry } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { type Run, Site } from './site.ts';

const REPOSITORIES = ['app/one', 'app/two', 'other'].map((name) => ({ name, tags: ['1'] }));

describe('system/listing-cache', () => {
  it.each([
    ['lists repositories once for all runs, also after a restart of the scheduler', '1h', 1],
    ['lists them for every run where nothing is to be kept', '-1s', 3],
  ])('%s', async (_, cacheDuration, listings) => {
    await using site = await Site.start();
    const source = site.keep(await inMemoryRegistry({ repositories: REPOSITORIES }));
    const target = site.keep(await inMemoryRegistry({ repositories: REPOSITORIES }));
    const location = ({ url }: { url: string }): object => ({
      registry: new URL(url).host,
      'skip-tls-verify': true,
    });
    const regfleet = await site.command({
      relay: 'direct',
      lister: { cacheDuration },
      tasks: [
        {
          name: 'apps',
          schedule: '0 0 1 1 *',
          source: location(source),
          target: location(target),
          mappings: [{ from: 'regex:app/.*' }],
        },
      ],
    });
    const run = async (): Promise<Run> => (await regfleet.runTask('apps')) as Run;
    const expected = { outcome: 'succeeded', counts: { repositories: 2, selected: 2, inSync: 2 } };

    const { process: first } = await site.serve(regfleet, 'scheduler');
    expect(await run()).toMatchObject(expected);
    expect(await run()).toMatchObject(expected);
    await first.stop();
    await site.serve(regfleet, 'scheduler');
    expect(await run()).toMatchObject(expected);

    expect(source.requests.count({ kind: 'catalog' })).toBe(listings);
    expect(source.requests.count({ kind: 'tags' })).toBe(6);
  });
});
