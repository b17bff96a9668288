import { syncRecordKey } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import type { RedisFleet } from '../fleet.ts';
import { digest, laneOf, openRun, order, useFleets } from '../queue.fixture.ts';
import { MOST_IMAGES } from '../runs/retention.ts';

const TAGS = 100_000;
const PAGE = 5_000;
const IMAGES = 2_000;
// What docs/operations.md says of the memory of Redis.
const MOST_BYTES_PER_TAG = 300;
const MOST_BYTES_PER_JOB = 1_600;

const orderOf = (number: number) =>
  order(`1.${number}.0-alpine`, { repository: 'mirror/library/some-image' });

const requestOf = (number: number) => orderOf(number).request;

async function usedBytes({ internals: { client } }: RedisFleet): Promise<number> {
  const info = await client.info('memory');
  return Number(/^used_memory:(\d+)/m.exec(info)?.[1]);
}

describe('queue/state/memory', () => {
  const fleets = useFleets();

  it('takes no more of the memory of Redis than it says for each of 100,000 tags in sync, the images of their run included', async () => {
    const fleet = await fleets.connect();
    const empty = await usedBytes(fleet);
    for (let first = 0; first < TAGS; first += PAGE) {
      const setting = Array.from({ length: PAGE }, (_, at) =>
        fleet.records.set(syncRecordKey(requestOf(first + at)), {
          sourceDigest: digest('a'),
          targetDigest: digest('a'),
          syncedAtMs: Date.now(),
          relay: 'direct',
          sourceKey: 'abcdefgh',
        }),
      );
      await Promise.all(setting);
    }
    const perRecord = ((await usedBytes(fleet)) - empty) / TAGS;

    const { book, client, keys } = fleet.internals;
    const runId = await openRun(fleet);
    const numbers = Array.from({ length: IMAGES }, (_, number) => number);
    await book.register(
      runId,
      numbers.map((number) => ({ name: `job${number}`, lane: laneOf() })),
    );
    const settling = numbers.map((number) => {
      const image = { request: requestOf(number), attempts: 1, digest: digest('b') };
      return book.settle(runId, `job${number}`, { outcome: 'copied', bytesCopied: 123_456_789 }, image);
    });
    await Promise.all(settling);
    const perImage = Number(await client.memory('USAGE', keys.runImages(runId), 'SAMPLES', 0)) / IMAGES;
    expect(perRecord + (perImage * MOST_IMAGES) / TAGS).toBeLessThan(MOST_BYTES_PER_TAG);
  });

  it('takes no more than it says for each copy that waits', async () => {
    const fleet = await fleets.connect();
    const runId = await openRun(fleet);
    const before = await usedBytes(fleet);
    await fleet.runs.enqueueAll(
      runId,
      Array.from({ length: PAGE }, (_, number) => orderOf(number)),
    );
    expect(((await usedBytes(fleet)) - before) / PAGE).toBeLessThan(MOST_BYTES_PER_JOB);
  });
});
