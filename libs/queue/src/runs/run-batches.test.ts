import type { CopyOrder } from '@regfleet/fleet';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { order, orders } from '../queue.fixture.ts';
import { type BatchWriter, RunBatches } from './run-batches.ts';

const tagsOf = (batch: readonly CopyOrder[]): (string | undefined)[] =>
  batch.map(({ request }) => request.source.tag);

/** Keeps what is written; `hold` makes writing wait. */
function keepingWriter() {
  const batches: (readonly CopyOrder[])[] = [];
  const counts: object[] = [];
  const gate = Promise.withResolvers<void>();
  let isHeld = false;
  const hold = (): void => {
    isHeld = true;
  };
  const writer: BatchWriter = {
    async enqueue(_runId, batch) {
      batches.push(batch);
      if (isHeld) await gate.promise;
    },
    async setCounts(_runId, told) {
      counts.push(told);
    },
  };
  return { writer, batches, counts, hold, release: gate.resolve };
}

describe('queue/runs/run-batches', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it('writes what has come in a tenth of a second at once, counts after copies', async () => {
    const { writer, batches, counts } = keepingWriter();
    const runs = new RunBatches(writer);
    runs.count('run', { listed: 1 });
    await runs.add('run', order('a'));
    await runs.add('run', order('b'));
    runs.count('run', { listed: 2, selected: 2 });
    await vi.advanceTimersByTimeAsync(99);
    expect(batches).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(batches.map(tagsOf)).toEqual([['a', 'b']]);
    expect(counts).toEqual([{ listed: 2, selected: 2 }]);
  });

  it('writes five hundred at most, and has no room for more while those are being written', async () => {
    const { writer, batches, hold, release } = keepingWriter();
    const runs = new RunBatches(writer);
    hold();
    const all = orders(501);
    const last = all.pop() ?? order('last');
    for (const each of all) await runs.add('run', each);
    let hasRoom = false;
    const adding = runs.add('run', last).then(() => {
      hasRoom = true;
    });
    await vi.advanceTimersByTimeAsync(0);
    expect(batches.map((batch) => batch.length)).toEqual([500]);
    expect(hasRoom).toBe(false);
    release();
    await adding;
    await runs.end('run');
    expect(batches.map((batch) => batch.length)).toEqual([500, 1]);
  });

  it('tells at the end what failed while nobody listened, and begins anew after that', async () => {
    const { writer, batches } = keepingWriter();
    const failure = new Error('READONLY');
    let isRefusing = true;
    const runs = new RunBatches({
      ...writer,
      enqueue: (...batch) => (isRefusing ? Promise.reject(failure) : writer.enqueue(...batch)),
    });
    await runs.add('run', order('a'));
    await vi.advanceTimersByTimeAsync(100);
    await expect(runs.end('run')).rejects.toBe(failure);
    isRefusing = false;
    await runs.add('run', order('a'));
    await runs.end('run');
    expect(batches.map(tagsOf)).toEqual([['a']]);
  });

  it('writes nothing of an expansion that begins anew before its time', async () => {
    const { writer, batches } = keepingWriter();
    const runs = new RunBatches(writer);
    await runs.add('run', order('a'));
    runs.forget('run');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(batches).toEqual([]);
  });
});
