import { fillRegistry } from '@regfleet/harness';
import { SyncError } from '@regfleet/model';
import { beforeAll, describe, expect, it } from 'vitest';
import { recordsOf, states, taskOf, useSides } from './plan.fixture.ts';
import { planTask } from './plan.ts';

describe('planner/meeting, where one of the repositories that go to the same place is not listed', () => {
  const sides = useSides();
  beforeAll(() => fillRegistry(sides.source, [{ repository: 'half/known', tags: ['1', '2'] }]));

  const planHalf = async (tags: readonly string[] | SyncError) => {
    const asked: string[] = [];
    const hosts = { source: sides.source.host, target: sides.target.host };
    const planned = taskOf(`[{from: 'regex:half/.*', to: 'regex:.*,half'}]`, hosts);
    const entries = await Array.fromAsync(
      planTask(planned, {
        client: (location) => ({
          ...sides.registries.connect(location),
          async *listTags(repository, options) {
            asked.push(repository);
            if (repository !== 'half/other')
              return yield* sides.registries.connect(location).listTags(repository, options);
            if (tags instanceof SyncError) throw tags;
            yield tags;
          },
        }),
        lister: () => ({ list: async () => ['half/known', 'half/other', 'half/third'] }),
        records: recordsOf(),
      }),
    );
    const told = entries.flatMap((entry) => (entry.kind === 'failure' ? [entry.error] : []));
    return { entries, asked, codes: told.map(({ code }) => code), last: told.at(-1)?.message };
  };
  const failed = (code: SyncError['code']): SyncError =>
    new SyncError(code, { message: 'a failure of the test' });

  it('copies nothing where its tags are not known, and says once which one it is', async () => {
    const { entries, asked, codes, last } = await planHalf(failed('SERVER_FAILED'));
    expect(entries.map(({ kind }) => kind)).toEqual(['failure', 'failure']);
    expect(codes).toEqual(['SERVER_FAILED', 'TARGET_CONFLICT']);
    expect(last).toContain('half/other, which would, could not be listed');
    expect(asked).toEqual(['half/known', 'half/other']);
  });

  it('copies nothing where they have too many tags to tell, and asks no further', async () => {
    const { entries, asked, codes } = await planHalf(Array.from({ length: 250_000 }, (_, tag) => `${tag}`));
    expect(entries.map(({ kind }) => kind)).toEqual(['failure']);
    expect(codes).toEqual(['TARGET_CONFLICT']);
    expect(asked).toEqual(['half/known', 'half/other']);
  });

  it('copies the others where it is not there', async () => {
    const { entries, codes } = await planHalf(failed('REPOSITORY_UNKNOWN'));
    expect(states(entries)).toEqual({ 'half:1': 'missing', 'half:2': 'missing' });
    expect(codes).toEqual(['REPOSITORY_UNKNOWN', 'REPOSITORY_UNKNOWN']);
  });
});
