import { expect, it } from 'vitest';
import { HandBackError, type JobFacts } from '../index.ts';
import {
  COPIED,
  type Copy,
  failure,
  heldCopies,
  type OpenStore,
  order,
  orders,
  useStore,
} from './store.fixture.ts';

const HOUR_MS = 3_600_000;

/** What a verdict leads to. */
export function describeVerdicts(open: OpenStore): void {
  const store = useStore(open);

  /** Fails with each of `failures` in turn, then succeeds; keeps what the rules were told of each try. */
  function failing(...failures: readonly Error[]) {
    const facts: JobFacts[] = [];
    const copy: Copy = async (_job, context) => {
      facts.push({ ...context.facts });
      const error = failures[facts.length - 1];
      if (error !== undefined) throw error;
      return COPIED;
    };
    return { copy, facts, attempts: () => facts.map(({ attempt }) => attempt) };
  }

  it('retries a retryable failure, tells of it, and counts the final success only', async () => {
    const told: string[] = [];
    const { copy } = failing(failure('SERVER_FAILED'), failure('SERVER_FAILED'));
    store.copies({ copy, onVerdict: ({ attempt }, { verdict }) => told.push(`${verdict} ${attempt}`) });
    const run = await store.ended(await store.ask(order('flaky')));
    expect(run).toMatchObject({ outcome: 'succeeded', counts: { enqueued: 1, copied: 1, failed: 0 } });
    expect(run.errors).toEqual([]);
    await expect.poll(() => told).toEqual(['retry 1', 'retry 2', 'done 3']);
  });

  it('gives up after the last attempt, and at once when repeating cannot help', async () => {
    const tries = new Map<string, number>();
    store.copies({
      copy: async ({ request: { source }, attempt }) => {
        tries.set(source.tag ?? '', attempt);
        throw source.tag === 'v0' ? failure('DENIED') : new TypeError('a bug');
      },
    });
    const run = await store.ended(await store.ask(...orders(2)));
    expect(run).toMatchObject({ outcome: 'failed', counts: { enqueued: 2, failed: 2 } });
    expect(run.errors.map(({ code }) => code).sort()).toEqual(['DENIED', 'INTERNAL']);
    expect(Object.fromEntries(tries)).toEqual({ v0: 1, v1: 3 });
  });

  it('tells the rules of a job what was ordered', async () => {
    const { copy, facts } = failing(failure('SERVER_FAILED'));
    store.copies({ copy });
    const { request } = order('a');
    await store.ended(await store.ask({ request, attempts: 7, backoffMs: 10, maxBackoffMs: 30 }));
    const ordered = { attempts: 7, backoffMs: 10, maxBackoffMs: 30, handedBackMs: 0 };
    expect(facts).toMatchObject([
      { ...ordered, attempt: 1 },
      { ...ordered, attempt: 2 },
    ]);
    for (const { ageMs } of facts) expect(ageMs).toBeGreaterThanOrEqual(0);
  });

  it('tries again no sooner than the other side asked for', async () => {
    const { copy, facts } = failing(failure('SERVER_FAILED', { retryAfterMs: 300 }));
    store.copies({ copy });
    await store.ended(await store.ask(order('a')));
    expect((facts[1]?.ageMs ?? 0) - (facts[0]?.ageMs ?? 0)).toBeGreaterThanOrEqual(290);
  });

  it('leaves its slot to others while it waits for another try', async () => {
    const begun: string[] = [];
    store.copies({
      concurrency: 1,
      copy: async ({ request: { source }, attempt }) => {
        begun.push(`${source.tag} ${attempt}`);
        if (begun.length === 1) throw failure('SERVER_FAILED', { retryAfterMs: 300 });
        return COPIED;
      },
    });
    await store.ended(await store.ask(...orders(3)));
    expect(begun).toEqual(['v0 1', 'v1 1', 'v2 1', 'v0 2']);
  });

  it('holds all copies from a source that says wait, spends no attempt, and goes on with other sources', async () => {
    const begun: string[] = [];
    const told: string[] = [];
    let isRefused = false;
    store.copies({
      concurrency: 1,
      onVerdict: (_job, { verdict }) => told.push(verdict),
      copy: async ({ request: { source }, attempt }) => {
        if (!isRefused && source.registry !== 'free.test') {
          isRefused = true;
          throw failure('RATE_LIMITED', { side: 'source', retryAfterMs: 700 });
        }
        begun.push(`${source.registry} ${attempt}`);
        return COPIED;
      },
    });
    const refused = await store.ask(...orders(3, { attempts: 1 }));
    await expect.poll(() => isRefused).toBe(true);
    const free = await store.ask(...orders(3, { source: 'free.test', target: 'other.test', attempts: 1 }));
    expect((await store.ended(refused)).counts).toMatchObject({ copied: 3, failed: 0 });
    await store.ended(free);
    expect(begun).toEqual([...Array(3).fill('free.test 1'), ...Array(3).fill('source.test:5000 1')]);
    expect(told.filter((verdict) => verdict !== 'done')).toContain('pause-source');
  });

  it('repeats a copy whose target says wait, without an attempt', async () => {
    const { copy, attempts } = failing(failure('RATE_LIMITED', { side: 'target', retryAfterMs: 50 }));
    store.copies({ copy });
    const run = await store.ended(await store.ask(order('a', { attempts: 1 })));
    expect(run.counts).toMatchObject({ copied: 1, failed: 0 });
    expect(attempts()).toEqual([1, 1]);
  });

  it('fails a copy whose registry wants to be left alone for longer than anybody waits', async () => {
    const { copy, attempts } = failing(
      failure('RATE_LIMITED', { side: 'source', retryAfterMs: 7 * HOUR_MS }),
    );
    store.copies({ copy });
    const run = await store.ended(await store.ask(order('a')));
    expect(run).toMatchObject({ outcome: 'failed', errors: [{ code: 'RATE_LIMITED' }] });
    expect(attempts()).toEqual([1]);
  });

  it('delays a job that this process cannot take yet, without an attempt, and knows since when', async () => {
    const handBack = new HandBackError(1_100, 'the task is not known here yet');
    const { copy, facts, attempts } = failing(handBack);
    store.copies({ copy });
    const run = await store.ended(await store.ask(order('a', { attempts: 1 })));
    expect(run.counts).toMatchObject({ copied: 1, failed: 0 });
    expect(attempts()).toEqual([1, 1]);
    expect(facts[0]).toMatchObject({ handedBackMs: 0, deferredMs: 0 });
    expect(facts[1]?.handedBackMs).toBeGreaterThan(0);
    expect(facts[1]?.deferredMs).toBeGreaterThan(0);
  });

  it('fails a job that nobody could take for longer than its limit', async () => {
    const limit = { limitMs: 1, error: failure('NOT_IN_CONFIG') };
    const { copy } = failing(
      new HandBackError(1_100, 'not here', limit),
      new HandBackError(1, 'not here', limit),
    );
    store.copies({ copy });
    const run = await store.ended(await store.ask(order('a')));
    expect(run).toMatchObject({ outcome: 'failed', errors: [{ code: 'NOT_IN_CONFIG' }] });
  });

  it('tells of a verdict once it is counted', async () => {
    const counted = Promise.withResolvers<unknown>();
    store.copies({
      onVerdict: ({ runId }, { verdict }, durationMs) => {
        expect(durationMs).toBeGreaterThanOrEqual(0);
        store.run(runId).then((run) => counted.resolve([verdict, run?.counts.copied]), counted.reject);
      },
    });
    await store.ask(order('a'));
    expect(await counted.promise).toEqual(['done', 1]);
  });

  it('fails no copy since its listener fails', async () => {
    store.copies({
      onVerdict: () => {
        throw new Error('a bug of the listener');
      },
    });
    expect((await store.ended(await store.ask(...orders(2)))).counts).toMatchObject({ copied: 2, failed: 0 });
  });

  it('tells nobody of a copy that is of no interest any more', async () => {
    const held = heldCopies();
    const told: string[] = [];
    const consumer = store.copies({ copy: held.copy, onVerdict: (_job, { verdict }) => told.push(verdict) });
    const runId = await store.ask(order('a'));
    await held.reached(1);
    await store.fleet.runs.cancel(runId);
    await expect.poll(() => consumer.activeCount).toBe(0);
    expect(told).toEqual([]);
  });
}
