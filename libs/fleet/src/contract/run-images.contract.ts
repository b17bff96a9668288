import { formatReference } from '@regfleet/model';
import { expect, it } from 'vitest';
import type { RunImage } from '../index.ts';
import { COPIED, failure, heldCopies, type OpenStore, order, useStore } from './store.fixture.ts';

/** What a run tells of each of its images. */
export function describeRunImages(open: OpenStore): void {
  const store = useStore(open);

  async function imagesOf(runId: string, options?: { failedOnly?: boolean }): Promise<RunImage[]> {
    const images: RunImage[] = [];
    for await (const image of store.fleet.runs.images(runId, options)) images.push(image);
    return images;
  }

  const tagsOf = (images: readonly RunImage[]): string[] =>
    images.map(({ request: { source }, outcome }) => `${source.tag} ${outcome}`);

  it('tells what came of each image: outcome, digest, bytes, attempts, error, those that failed first', async () => {
    const runId = await store.begin('a task');
    const wanted = [
      order('sent'),
      order('there'),
      order('lost', { repository: 'other/image', attempts: 2 }),
      order('untold', { relay: 'skopeo' }),
    ];
    store.copies({
      relays: ['direct', 'skopeo'],
      concurrency: 1,
      copy: async ({ request: { source } }) => {
        if (source.tag === 'lost') throw failure('SERVER_FAILED', { side: 'source', hint: 'not kept' });
        if (source.tag === 'there') return { ...COPIED, outcome: 'unchanged', bytesCopied: 0 };
        return source.tag === 'sent' ? { ...COPIED, bytesCopied: 12_345 } : COPIED;
      },
    });
    await store.queue(runId, wanted);
    await store.fleet.runs.finishExpansion(runId, []);
    const run = await store.ended(runId);

    const [lost, ...others] = await imagesOf(runId);
    expect(lost).toEqual({
      request: wanted[2]?.request,
      outcome: 'failed',
      attempts: 2,
      error: { code: 'SERVER_FAILED', kind: 'retryable', message: 'a failure of the test', side: 'source' },
    });
    const done = { attempts: 1, digest: COPIED.targetDigest };
    expect(others.toSorted((a, b) => nameOf(a).localeCompare(nameOf(b)))).toEqual([
      { ...done, request: wanted[0]?.request, outcome: 'copied', bytesCopied: 12_345 },
      { ...done, request: wanted[1]?.request, outcome: 'unchanged', bytesCopied: 0 },
      { ...done, request: wanted[3]?.request, outcome: 'copied' },
    ]);
    expect(await imagesOf(runId, { failedOnly: true })).toEqual([lost]);
    expect(run).toMatchObject({ bytesCopied: 12_345, counts: { copied: 2, unchanged: 1, failed: 1 } });
  });

  it('says nothing of bytes where no relay has told any', async () => {
    store.copies();
    const run = await store.ended(await store.ask(order('v1')));
    expect(run).not.toHaveProperty('bytesCopied');
  });

  it('tells of the images that have ended while the run goes on', async () => {
    const held = heldCopies();
    store.copies({ copy: held.copy, concurrency: 1 });
    const runId = await store.ask(order('first'), order('second'));
    (await held.nth(1)).end();
    await held.reached(2);
    expect(tagsOf(await imagesOf(runId))).toEqual(['first copied']);
    held.endAll();
  });

  async function twoRunsOfOneImage(): Promise<readonly [string, string]> {
    const runIds = [await store.begin('one'), await store.begin('other')] as const;
    for (const runId of runIds) {
      await store.queue(runId, [order('shared')]);
      await store.fleet.runs.finishExpansion(runId, []);
    }
    return runIds;
  }

  it('tells of an image that a job of another run has done, by its own task', async () => {
    const held = heldCopies();
    const [first, second] = await twoRunsOfOneImage();
    store.copies({ copy: held.copy });
    (await held.nth(1)).end();
    await Promise.all([first, second].map((runId) => store.ended(runId)));
    const images = await Promise.all([first, second].map((runId) => imagesOf(runId)));
    expect(images.flat().map(({ outcome, request: { task } }) => `${task} ${outcome}`)).toEqual([
      'one copied',
      'other skipped',
    ]);
  });

  it('fails an image with the job of another run, so that it can be asked for again by its own task', async () => {
    const held = heldCopies();
    const [, second] = await twoRunsOfOneImage();
    store.copies({ copy: held.copy });
    (await held.nth(1)).end(failure('DENIED'));
    await store.ended(second);
    expect(await imagesOf(second, { failedOnly: true })).toMatchObject([
      {
        outcome: 'failed',
        request: { ...order('shared').request, task: 'other' },
        error: { code: 'DENIED' },
      },
    ]);
  });

  it('knows no images of a run that nobody began', async () => {
    expect(await imagesOf('nobody')).toEqual([]);
  });
}

const nameOf = ({ request }: RunImage): string => formatReference(request.source);
