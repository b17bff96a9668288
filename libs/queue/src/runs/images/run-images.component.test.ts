import type { RunImage } from '@regfleet/fleet';
import { describe, expect, it } from 'vitest';
import type { RedisFleet } from '../../fleet.ts';
import {
  COPIED,
  digest,
  failure,
  keepingLogger,
  laneOf,
  openRun,
  order,
  orders,
  useFleets,
} from '../../queue.fixture.ts';
import { MOST_IMAGES } from '../retention.ts';

const DAY_S = 24 * 60 * 60;
// Of images as those of a large mirror: what the budget of Redis' memory in docs/operations.md says.
const BYTES_PER_IMAGE = 160;
const BYTES_PER_FAILURE = 400;

async function imagesOf(
  fleet: RedisFleet,
  runId: string,
  options?: { failedOnly?: boolean },
): Promise<RunImage[]> {
  const images: RunImage[] = [];
  for await (const image of fleet.runs.images(runId, options)) images.push(image);
  return images;
}

describe('queue/runs/images', () => {
  const fleets = useFleets();

  /** A run of these tags, of which those that begin with `bad` fail, once it has ended. */
  async function mirror(fleet: RedisFleet, task: string, tags: readonly string[]): Promise<string> {
    const runId = await openRun(fleet, task);
    await fleet.runs.enqueueAll(
      runId,
      tags.map((tag) => order(tag, { repository: `mirror/${runId}` })),
    );
    await fleet.runs.finishExpansion(runId, []);
    await fleet.runs.wait(runId);
    return runId;
  }

  const copies = (fleet: RedisFleet) =>
    fleets.copies({
      fleet,
      copy: async ({ request: { source } }) => {
        if (source.tag?.startsWith('bad')) throw failure('DENIED');
        return { ...COPIED, bytesCopied: 1_000 };
      },
    });

  it('keeps what came of the images of the last three runs of a task that had any, and of those that failed for seven days', async () => {
    const fleet = await fleets.connect();
    copies(fleet);
    const runs: string[] = [];
    for (let number = 0; number < 4; number += 1) {
      runs.push(await mirror(fleet, 'app', ['good', 'bad']));
      await fleet.runs.finishExpansion(await openRun(fleet, 'app'), []);
    }
    const other = await mirror(fleet, 'other', ['good']);
    const kept = await Promise.all([...runs, other].map((runId) => imagesOf(fleet, runId)));
    expect(kept.map((images) => images.map(({ outcome }) => outcome))).toEqual([
      ['failed'],
      ['failed', 'copied'],
      ['failed', 'copied'],
      ['failed', 'copied'],
      ['copied'],
    ]);
    const { client, keys } = fleet.internals;
    const [last = ''] = runs.slice(-1);
    const lives = await Promise.all(
      [keys.runFailures(last), keys.runImages(last)].map((key) => client.ttl(key)),
    );
    expect(lives.map((seconds) => Math.ceil(seconds / DAY_S))).toEqual([7, 30]);
  });

  it('keeps the image of a run without a task for seven days', async () => {
    const fleet = await fleets.connect();
    copies(fleet);
    const runId = await fleet.copyOnce(order('good'));
    await fleet.runs.wait(runId);
    expect(await imagesOf(fleet, runId)).toMatchObject([{ outcome: 'copied', request: { relay: 'direct' } }]);
    const { client, keys } = fleet.internals;
    expect(Math.ceil((await client.ttl(keys.runImages(runId))) / DAY_S)).toBe(7);
  });

  it('gives lists of a run that never ends an end', async () => {
    const fleet = await fleets.connect();
    const runId = await openRun(fleet);
    await fleet.runs.enqueueAll(runId, [order('good')]);
    copies(fleet);
    await expect.poll(async () => (await imagesOf(fleet, runId)).length).toBe(1);
    const { client, keys } = fleet.internals;
    expect(Math.ceil((await client.ttl(keys.runImages(runId))) / DAY_S)).toBe(30);
  });

  it('keeps no more of a run than fit, and of older runs what is left of that', async () => {
    const fleet = await fleets.connect();
    const { client, keys } = fleet.internals;
    const fill = (key: string, count: number): Promise<unknown> =>
      client.eval("for i = 1, ARGV[1] do redis.call('RPUSH', KEYS[1], i) end", 1, key, count);
    const [older, newer] = [await openRun(fleet, 'app'), await openRun(fleet, 'another')];
    for (const key of [keys.runImages(older), keys.runFailures(older)]) await fill(key, 100);
    await fill(keys.runImages(newer), MOST_IMAGES - 10);
    await client.zadd(keys.runsOf('app'), 1, older, 2, newer);
    await client.hset(keys.run(newer), 'task', 'app');
    copies(fleet);
    await fleet.runs.enqueueAll(newer, orders(20));
    await fleet.runs.finishExpansion(newer, []);
    expect((await fleet.runs.wait(newer)).counts.copied).toBe(20);
    expect(await client.llen(keys.runImages(newer))).toBe(MOST_IMAGES);
    expect(await client.exists(keys.runImages(older))).toBe(0);
    expect(await client.llen(keys.runFailures(older))).toBe(100);
  });

  it('goes by the record of a run that is dropped', async () => {
    const fleet = await fleets.connect();
    const { client, keys } = fleet.internals;
    copies(fleet);
    const first = await mirror(fleet, 'app', ['good', 'bad']);
    for (let number = 0; number < 50; number += 1)
      await fleet.runs.finishExpansion(await openRun(fleet, 'app'), []);
    expect(await client.exists(keys.run(first), keys.runImages(first), keys.runFailures(first))).toBe(0);
    expect(await imagesOf(fleet, first)).toEqual([]);
  });

  it('ends a run, and counts its images, where something else stands in place of its lists', async () => {
    const { logger, lines } = keepingLogger();
    const fleet = await fleets.connect(logger);
    const { client, keys } = fleet.internals;
    const runId = await openRun(fleet, 'app');
    for (const key of [keys.runImages(runId), keys.runFailures(runId)]) await client.set(key, 'x');
    copies(fleet);
    await fleet.runs.enqueueAll(runId, [order('good'), order('bad')]);
    await fleet.runs.finishExpansion(runId, []);
    expect((await fleet.runs.wait(runId)).counts).toMatchObject({ copied: 1, failed: 1 });
    expect(await imagesOf(fleet, runId)).toEqual([]);
    expect(lines.filter((line) => line.includes(keys.runImages(runId)))).toHaveLength(1);
  });

  it('leaves out what no release of ours wrote, however large, and takes what a later one may add', async () => {
    const { logger, lines } = keepingLogger();
    const fleet = await fleets.connect(logger);
    const { client, keys } = fleet.internals;
    copies(fleet);
    const runId = await mirror(fleet, 'app', ['good', 'bad']);
    const key = keys.runImages(runId);
    const [ours = ''] = await client.lrange(key, 0, 0);
    const foreign = [
      '',
      'x',
      '1c',
      '1c[]',
      '1x["a:1","",""]',
      `9${ours.slice(1)}`,
      '1c["\\u001b[2J","","",1,""]',
    ];
    await client.rpush(key, ...foreign, `1c["${'x'.repeat(1_000_000)}","","",1,""]`);
    await client.rpush(key, ours.replace(/\]$/, ',"later",{}]'));
    const images = await imagesOf(fleet, runId);
    expect(images.map(({ outcome }) => outcome)).toEqual(['failed', 'copied', 'copied']);
    expect(images[2]).toEqual(images[1]);
    expect(lines.filter((line) => line.includes(key))).toHaveLength(1);
  });

  it('tells of an image whose end the leader had to count', async () => {
    const fleet = await fleets.connect();
    const { client, queues } = fleet.internals;
    const runId = await openRun(fleet, 'app');
    await fleet.runs.enqueueAll(runId, [order('good')]);
    await fleet.runs.finishExpansion(runId, []);
    const queue = queues.get(laneOf());
    const [job] = await queue.getPrioritized();
    const end = { finishedOn: Date.now(), failedReason: 'JOB_STALLED: its workers died', atm: 2 };
    await client.hset(queue.toKey(job?.id ?? ''), end);
    await fleet.sweep();
    expect(await imagesOf(fleet, runId)).toMatchObject([
      {
        outcome: 'failed',
        attempts: 2,
        request: { source: order('good').request.source },
        error: { code: 'JOB_STALLED' },
      },
    ]);
  });

  it('takes little of the memory of Redis for each image', async () => {
    const fleet = await fleets.connect();
    const { book, client, keys } = fleet.internals;
    const COUNT = 2_000;
    const SENT = { outcome: 'copied', bytesCopied: 123_456_789 } as const;
    const runId = await openRun(fleet, 'a task of a large mirror');
    const wanted = orders(COUNT, { repository: 'mirror/docker.io/library/some-image' });
    await book.register(
      runId,
      wanted.map((_, at) => ({ name: `job${at}`, lane: laneOf() })),
    );
    const error = failure('SERVER_FAILED', {
      message: `source.test answered 503 to GET /v2/library/some-image/manifests/v1: ${'upstream '.repeat(12)}`,
    });
    for (const [at, { request }] of wanted.entries()) {
      const image = { request, attempts: 1, digest: digest('b') };
      const end = at % 2 === 0 ? SENT : ({ outcome: 'failed', error } as const);
      await book.settle(runId, `job${at}`, end, image);
    }
    const sizes = await Promise.all(
      [keys.runImages(runId), keys.runFailures(runId)].map((key) =>
        client.memory('USAGE', key, 'SAMPLES', 0),
      ),
    );
    const [perImage = 0, perFailure = 0] = sizes.map((size) => Number(size) / (COUNT / 2));
    expect(perImage).toBeLessThan(BYTES_PER_IMAGE);
    expect(perFailure).toBeLessThan(BYTES_PER_FAILURE);
  });
});
