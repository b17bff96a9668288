import { describe, expect, it } from 'vitest';
import { attachTogether } from './attach-together.ts';

const RUNS = 10;
const REFERRERS = 100;

describe('system/referrers, again and again', () => {
  it.each([
    ['beside an outsider who minds conditions', true],
    ['at a registry that minds none', false],
  ])('loses none of a hundred referrers of one subject %s', async (_title, honoursConditions) => {
    for (let run = 0; run < RUNS; run += 1) {
      const { listed, wanted } = await attachTogether({ referrers: REFERRERS, honoursConditions });
      expect(listed).toEqual(wanted);
    }
  });
});
