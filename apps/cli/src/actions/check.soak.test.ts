import { rm } from 'node:fs/promises';
import { pushImage } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { openDesk, spoil, storedLayers } from './check.fixture.ts';

const IMAGES = 20;
const LAYERS = 49;
// Each image has a config beside its layers.
const BLOBS = IMAGES * (LAYERS + 1);
const LOST = 10;
const SPOILT = 10;

const digestsOf = (problems: readonly { name: string; state: string }[], state: string): string[] =>
  problems
    .filter((problem) => problem.state === state)
    .map(({ name }) => name)
    .sort();

describe('cli/actions/check, of a thousand blobs', () => {
  it('finds all that storage has lost by one HEAD a blob, all that it has spoilt by reading, and writes nothing else', async () => {
    await using desk = await openDesk();
    for (let image = 0; image < IMAGES; image += 1) {
      const layers = Array.from({ length: LAYERS }, (_, layer) => `layer ${layer} of ${image}`);
      await pushImage(desk.source, 'app', `${image}`, { layers });
    }
    expect((await desk.run('sync', '--once')).code).toBe(0);
    const stored = (await storedLayers(desk.target)).sort((left, right) =>
      left.digest < right.digest ? -1 : 1,
    );
    // By their digests: whichever they are, they are of many images.
    const [lost, spoilt] = [stored.slice(0, LOST), stored.slice(LOST, LOST + SPOILT)];
    for (const { file } of lost) await rm(file);
    for (const { file } of spoilt) await spoil(file);
    const names = (found: typeof stored): string[] => found.map(({ digest }) => digest);

    desk.requests.clear();
    const found = await desk.check();
    expect(found.checked).toMatchObject({ images: IMAGES, blobs: BLOBS });
    expect(digestsOf(found.checked.problems, 'missing')).toEqual(names(lost));
    expect(found.checked.problems).toHaveLength(LOST);
    expect(desk.requests.count({ method: 'HEAD', kind: 'blob' })).toBe(BLOBS);

    desk.requests.clear();
    const { checked } = await desk.check('--deep', '--repair');
    expect(digestsOf(checked.problems, 'missing')).toEqual(names(lost));
    expect(digestsOf(checked.problems, 'corrupt')).toEqual(names(spoilt));
    expect(checked.problems.filter(({ isRepaired }) => isRepaired)).toHaveLength(LOST);
    const uploads = desk.requests.all.filter(({ method }) => method === 'POST');
    const puts = desk.requests.all.filter(({ method }) => method === 'PUT');
    expect({ uploads: uploads.length, manifests: puts.filter(({ kind }) => kind === 'manifest') }).toEqual({
      uploads: LOST,
      manifests: [],
    });
    const again = await desk.check('--deep');
    expect(again.checked.problems.map(({ state }) => state)).toEqual(spoilt.map(() => 'corrupt'));
  }, 300_000);
});
