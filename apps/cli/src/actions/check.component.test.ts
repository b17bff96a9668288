import { rm } from 'node:fs/promises';
import { pushImage } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { openDesk, spoil, storedLayers } from './check.fixture.ts';

describe('cli/actions/check', () => {
  it('finds what the target has lost and spoilt, repairs what is missing alone, and nothing more', async () => {
    await using desk = await openDesk();
    const { source, target } = desk;
    for (const registry of [source, target]) {
      await pushImage(registry, 'app', '1', { layers: ['one', 'two', 'three'] });
      await pushImage(registry, 'app', '2', { layers: ['one', 'four'] });
    }
    expect(await desk.check('--deep')).toMatchObject({ code: 0, checked: { images: 2, problems: [] } });
    const [lost, spoilt] = await storedLayers(target);
    await rm(lost?.file ?? '');
    await spoil(spoilt?.file ?? '');

    const missing = { kind: 'blob', name: lost?.digest, state: 'missing' };
    const found = await desk.check();
    expect(found).toMatchObject({ code: 1, checked: { problems: [{ ...missing, isRepaired: false }] } });
    const corrupt = { kind: 'blob', name: spoilt?.digest, state: 'corrupt', isRepaired: false };
    const repaired = await desk.check('--deep', '--repair');
    expect(repaired.code).toBe(1);
    expect(repaired.checked.problems).toHaveLength(2);
    expect(repaired.checked.problems).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ ...missing, isRepaired: true }),
        expect.objectContaining(corrupt),
      ]),
    );
    expect(await desk.check()).toMatchObject({ code: 0, checked: { problems: [] } });
  });

  it('looks at what is kept of a tag as well', async () => {
    await using desk = await openDesk({ 'keep-digests': 2 });
    const { source, target } = desk;
    for (const registry of [source, target]) await pushImage(registry, 'app', '1', { layers: ['one'] });
    const anchor = `regfleet.keep.1.20261128093042007.${'0'.repeat(32)}`;
    await pushImage(target, 'app', anchor, { layers: ['the one before'] });
    const layers = await storedLayers(target);
    const isOfBoth = new Set((await storedLayers(source)).map(({ digest }) => digest));
    const lost = layers.find(({ digest }) => !isOfBoth.has(digest));
    expect(await desk.check()).toMatchObject({ code: 0, checked: { images: 1, problems: [] } });
    await rm(lost?.file ?? '');
    const image = `${desk.host}/app:${anchor}`;
    const missing = { image, kind: 'blob', name: lost?.digest, state: 'missing' };
    expect(await desk.check()).toMatchObject({ code: 1, checked: { problems: [missing] } });
  });

  it('leaves what is missing as a whole to a run, and ends where its requests are used up', async () => {
    await using desk = await openDesk();
    await pushImage(desk.source, 'app', '1', { layers: ['one'] });
    const { code, checked } = await desk.check('--repair');
    expect({ code, problems: checked.problems }).toMatchObject({
      code: 1,
      problems: [{ kind: 'image', state: 'missing', isRepaired: false }],
    });
    expect(await desk.check('--requests', '1')).toMatchObject({
      code: 75,
      checked: { images: 0, isCut: true },
    });
  });

  it('ends with 75 where a registry did not answer, and nothing is known to be wrong', async () => {
    await using desk = await openDesk();
    await pushImage(desk.source, 'app', '1', { layers: ['one'] });
    await desk.target[Symbol.asyncDispose]();
    expect(await desk.check()).toMatchObject({
      code: 75,
      checked: { problems: [{ kind: 'image', state: 'unknown' }] },
    });
  });
});
