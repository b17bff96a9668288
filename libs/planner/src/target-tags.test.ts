import { makeReference } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { TargetTags } from './target-tags.ts';

const AMONG = 10;
const tagOf = (repository: string, tag: string) =>
  makeReference({ registry: 'mirror.test', repository, tag });

describe('planner/target-tags', () => {
  it('keeps nobody waiting for the first tag of a repository that it has forgotten', async () => {
    const tags = new TargetTags({
      listTargetTags: () => {
        throw new Error('no list is worth it');
      },
    });
    expect(await tags.turnOf(tagOf('app', '1'), AMONG)).toBe('first');
    const second = tags.turnOf(tagOf('app', '2'), AMONG);
    for (let index = 0; index < 1_024; index += 1) await tags.turnOf(tagOf(`other-${index}`, '1'), AMONG);
    tags.record(tagOf('app', '1'), 'there');
    expect(await second).toBe('ask');
  });
});
