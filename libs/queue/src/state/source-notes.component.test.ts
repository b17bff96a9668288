import { createHash } from 'node:crypto';
import { MOST_SOURCE_NOTES, type SourceNote } from '@regfleet/fleet';
import { describe, expect, it } from 'vitest';
import { digest, openRun, useFleets } from '../queue.fixture.ts';

const TASK = 'a task';
const NOTHING = { notes: [], dropped: [], summary: {} };

const gone: SourceNote = {
  subject: 'tag',
  name: 'r.test/app:1',
  state: 'gone',
  sinceMs: 2_000,
  isByList: true,
};
const moved: SourceNote = {
  subject: 'tag',
  name: 'r.test/app:1',
  state: 'moved',
  sinceMs: 1_000,
  was: digest('a'),
};

describe('queue/state/source-notes', () => {
  const fleets = useFleets();

  it('gives back what was written, the oldest first, and no longer what was dropped', async () => {
    const { sourceNotes } = await fleets.connect();
    expect(await sourceNotes.list(TASK)).toEqual([]);
    expect(await sourceNotes.summaries([TASK])).toEqual([{}]);
    const summary = { gone: { count: 1, sinceMs: 2_000 }, moved: { count: 1, sinceMs: 1_000 } };
    await sourceNotes.write(TASK, { notes: [gone, moved], dropped: [], summary });
    expect(await sourceNotes.list(TASK)).toEqual([moved, gone]);
    expect(await sourceNotes.summaries(['another', TASK])).toEqual([{}, summary]);
    await sourceNotes.write(TASK, { notes: [], dropped: [gone, moved], summary: {} });
    expect(await sourceNotes.list(TASK)).toEqual([]);
    expect(await sourceNotes.summaries([TASK])).toEqual([{}]);
  });

  it('keeps the chosen tags of a repository until it is forgotten', async () => {
    const { sourceNotes } = await fleets.connect();
    const tags = ['1.0.0', '1.1.0'];
    const keep = (repository: string, chosen: readonly string[]) =>
      sourceNotes.write(TASK, { ...NOTHING, chosen: { repository, tags: chosen } });
    expect(await sourceNotes.chosenTags(TASK, 'a b')).toBeUndefined();
    await keep('a b', tags);
    await keep('c d', []);
    expect(await sourceNotes.chosenTags(TASK, 'a b')).toEqual(tags);
    expect(await sourceNotes.chosenTags(TASK, 'c d')).toEqual([]);
    await sourceNotes.write(TASK, { ...NOTHING, forgotten: ['a b'] });
    expect(await sourceNotes.chosenRepositories(TASK)).toEqual(['c d']);
  });

  it('leaves out what others wrote there', async () => {
    const { sourceNotes, internals } = await fleets.connect();
    const { client, keys } = internals;
    await sourceNotes.write(TASK, { ...NOTHING, notes: [gone] });
    await client.hset(keys.sourceNotes(TASK), 'x', 'x', 'y', JSON.stringify({ ...moved, was: 'no digest' }));
    await client.hset(keys.task(TASK), 'vanished', '{"gone":{"count":-1,"sinceMs":1}}');
    await client.hset(keys.sourceTags(TASK), 'a b', 'not packed');
    expect(await sourceNotes.list(TASK)).toEqual([gone]);
    expect(await sourceNotes.summaries([TASK])).toEqual([{}]);
    expect(await sourceNotes.chosenTags(TASK, 'a b')).toBeUndefined();
    const many = Array.from({ length: MOST_SOURCE_NOTES + 1 }, (_, at) => [`${at}`, 'x']);
    await client.hset(keys.sourceNotes('another'), ...many.flat());
    expect(await sourceNotes.list('another')).toEqual([]);
  });

  it('takes three bytes for a tag that is a number, and 25 for one that is a hash', async () => {
    const { sourceNotes, internals } = await fleets.connect();
    const { client, keys } = internals;
    const bytesPerTag = async (tagOf: (at: number) => string): Promise<number> => {
      const tags = Array.from({ length: 10_000 }, (_, at) => tagOf(at)).sort();
      await client.del(keys.sourceTags(TASK));
      await sourceNotes.write(TASK, { ...NOTHING, chosen: { repository: 'a b', tags } });
      expect(await sourceNotes.chosenTags(TASK, 'a b')).toEqual(tags);
      return ((await client.memory('USAGE', keys.sourceTags(TASK), 'SAMPLES', 0)) ?? 0) / tags.length;
    };
    expect(await bytesPerTag((at) => `1.${at}.0-alpine`)).toBeLessThan(3);
    const hashOf = (at: number): string => createHash('sha1').update(`${at}`).digest('hex');
    expect(await bytesPerTag(hashOf)).toBeLessThan(25);
  });

  it('is forgotten with its task', async () => {
    const fleet = await fleets.connect();
    const { client, keys } = fleet.internals;
    await fleet.runs.cancel(await openRun(fleet, TASK));
    await fleet.sourceNotes.write(TASK, {
      ...NOTHING,
      notes: [gone],
      chosen: { repository: 'a b', tags: ['1'] },
    });
    const longAgoMs = Date.now() - 40 * 24 * 60 * 60_000;
    await client.zadd(keys.tasks, longAgoMs, TASK);
    await client.hset(keys.task(TASK), 'lastEndedAtMs', longAgoMs);
    await fleet.sweep(undefined, ['another']);
    expect(await client.exists(keys.sourceNotes(TASK), keys.sourceTags(TASK))).toBe(0);
  });
});
