import { countingProxy, pullEverything, pushImage } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { plain, type Run, Site } from './site.ts';

describe('system/blob-index', () => {
  it('spares a worker what another one has pushed: a shared layer leaves the source once', async () => {
    await using site = await Site.start();
    const image = await pushImage(site.source, 'app', 'v1', { layers: ['shared', 'of the app'] });
    await pushImage(site.source, 'other', 'v1', { layers: ['shared', 'of the other'] });
    const source = site.keep(await countingProxy(site.source));
    const regfleet = await site.command({
      relay: 'direct',
      tasks: ['app', 'other'].map((name) => ({
        name,
        schedule: '0 0 1 1 *',
        source: { registry: source.host, 'skip-tls-verify': true },
        target: plain(site.target),
        mappings: [{ from: name, to: `mirror/${name}` }],
      })),
    });
    await site.serve(regfleet, 'scheduler');

    for (const task of ['app', 'other']) {
      const worker = await site.serve(regfleet, 'worker');
      const run = (await regfleet.runTask(task)) as Run;
      expect(run.counts).toMatchObject({ copied: 1, failed: 0 });
      await worker.process.stop();
      await pullEverything(site.target, `mirror/${task}`, 'v1');
    }

    const shared = new RegExp(`/blobs/${image.layers[0]?.digest}$`);
    expect(source.requests.count({ method: 'GET', path: shared })).toBe(1);
  });
});
