import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  countingProxy,
  eventually,
  fillRegistry,
  makeImage,
  Regfleet,
  startRegistry,
  temporaryFolder,
} from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { attachToImages, isSigned, takesReferrers } from '../faults/belongings.ts';
import { TargetChecker } from '../faults/checker.ts';
import { Random } from '../faults/random.ts';
import { plain } from './site.ts';

const REPOSITORY = 'app-1';
const KILLS = 5;
const IMAGES = 8;
const TAGS = Array.from({ length: 3 * IMAGES }, (_, number) => `v${number}`).filter(isSigned);
const contentOf = ({ tag }: { readonly tag: string }) =>
  makeImage({ layers: ['base', `of ${tag}`], format: 'oci' });

describe('system/whole-images', () => {
  it('shows no image without what belongs to it, wherever the process that publishes it is killed', async () => {
    expect(takesReferrers(REPOSITORY)).toBe(true);
    const random = new Random(2_811);
    await using folder = await temporaryFolder();
    await using source = await startRegistry();
    await using target = await startRegistry();
    await using proxy = await countingProxy(target);
    const fill = { repository: REPOSITORY, tags: TAGS, image: (tag: string) => contentOf({ tag }) };
    const images = await fillRegistry(source, [fill]);
    const belongings = await attachToImages(source, images, contentOf);
    expect(belongings.size).toBe(IMAGES);
    const checker = new TargetChecker(target, { images, belongings });
    const config = join(folder.path, 'config.yaml');
    await writeFile(
      config,
      stringify({
        relay: 'direct',
        referrers: true,
        tasks: [
          {
            name: 'app',
            source: plain(source),
            target: { registry: proxy.host, 'skip-tls-verify': true },
            mappings: [{ from: REPOSITORY, platform: 'all' }],
          },
        ],
      }),
    );
    const regfleet = new Regfleet({ config });
    const words = ['sync', '--once', '--concurrency', '4', '--state', folder.path];
    for (let kill = 0; kill < KILLS; kill += 1) {
      const puts = { method: 'PUT', ...(random.next() < 0.5 && { kind: 'manifest' as const }) };
      const before = proxy.inject({ ...puts, times: random.between(0, 12) });
      const held = proxy.inject({ ...puts, times: 1, held: true });
      const process = await regfleet.spawn(words);
      await eventually(() => held.hits > 0, { what: `the ${kill + 1}. kill to come` });
      process.kill('SIGKILL');
      await process.exited;
      for (const fault of [before, held]) fault.remove();
      await checker.look();
    }
    const { code, stderr } = await regfleet.run(words);
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    await checker.finish();
    expect(checker.seen).toMatchObject({ tags: IMAGES, problems: [] });
  });
});
