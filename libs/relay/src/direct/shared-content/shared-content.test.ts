import { type Descriptor, parseDigest } from '@regfleet/model';
import type { BlobReader } from '@regfleet/registry';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { SharedContent, type WantedBlob } from './shared-content.ts';

const RUNS = { seed: Number(process.env.FUZZ_SEED ?? 1), numRuns: Number(process.env.FUZZ_RUNS ?? 100) };
const KEPT_MS = 1_000;
const PIECE_BYTES = 10;

/** Blobs of that many pieces each, and what was asked for of them. */
class Source {
  /** `blob@offset` of each request. */
  readonly opened: string[] = [];
  /** Bytes that were read. */
  bytes = 0;
  open = 0;
  /** What reading fails with from now on. */
  failure: Error | undefined;

  async getBlob(
    _repository: string,
    blob: Descriptor,
    { fromBytes = 0, signal }: { fromBytes?: number; signal?: AbortSignal | undefined } = {},
  ): Promise<BlobReader> {
    signal?.throwIfAborted();
    if (fromBytes >= blob.sizeBytes) throw new Error('416');
    this.opened.push(`${nameOf(blob)}@${fromBytes}`);
    this.open += 1;
    let offset = fromBytes;
    let isOpen = true;
    // As sockets lend theirs.
    const memory = Buffer.alloc(PIECE_BYTES);
    return {
      read: async () => {
        await Promise.resolve();
        if (this.failure !== undefined) throw this.failure;
        if (offset >= blob.sizeBytes) return undefined;
        contentOf(blob).copy(memory, 0, offset, offset + PIECE_BYTES);
        offset += PIECE_BYTES;
        this.bytes += PIECE_BYTES;
        return memory;
      },
      close: () => {
        if (isOpen) this.open -= 1;
        isOpen = false;
      },
    };
  }
}

const blobOf = (name: string, pieces: number): Descriptor => ({
  mediaType: 'a/b',
  digest: parseDigest(`sha256:${name.padEnd(64, '0')}`),
  sizeBytes: pieces * PIECE_BYTES,
});

const nameOf = ({ digest }: Descriptor): string => digest.slice('sha256:'.length, 'sha256:'.length + 1);

const contentOf = (blob: Descriptor): Buffer =>
  Buffer.from(Array.from({ length: blob.sizeBytes }, (_, at) => (at * 7 + nameOf(blob).charCodeAt(0)) % 251));

const unending = (): AbortSignal => new AbortController().signal;

async function rest(reader: BlobReader): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (let piece = await reader.read(); piece !== undefined; piece = await reader.read())
    pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

interface Reading {
  readonly blob: Descriptor;
  readonly reader: BlobReader;
  readonly pieces: Buffer[];
}

interface Step {
  readonly name: string;
  readonly taker: number;
  readonly does: string;
}

interface Surroundings {
  readonly content: SharedContent;
  readonly wanted: WantedBlob;
  readonly readings: Map<string, Reading>;
}

async function take({ name, taker, does }: Step, { content, wanted, readings }: Surroundings): Promise<void> {
  const key = `${name}${taker}`;
  const known = readings.get(key);
  if (does === 'beside') return void (await Promise.all([...readings.values()].map(readOn)));
  if (does === 'took') return content.took(wanted, String(taker), 3);
  if (does === 'close') {
    known?.reader.close();
    readings.delete(key);
    return;
  }
  const open = () => content.open(wanted, unending());
  const reading = known ?? { blob: wanted.blob, reader: await open(), pieces: [] };
  readings.set(key, reading);
  await readOn(reading);
}

async function readOn({ reader, pieces }: Reading): Promise<void> {
  const piece = await reader.read();
  if (piece !== undefined) pieces.push(Buffer.from(piece));
}

describe('relay/direct/shared-content', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  function shared(mostPieces = 100, apartPieces = 2) {
    const source = new Source();
    const content = new SharedContent({
      mostBytes: mostPieces * PIECE_BYTES,
      apartBytes: apartPieces * PIECE_BYTES,
      keptMs: KEPT_MS,
    });
    const wanted = (blob: Descriptor) => ({ client: source, repository: 'app', blob });
    return { source, content, wanted };
  }

  it('reads once for all, who begins late and who begins again included, and keeps nothing once each has it', async () => {
    const { source, content, wanted } = shared();
    const blob = blobOf('a', 5);
    const [early, late] = [
      await content.open(wanted(blob), unending()),
      await content.open(wanted(blob), unending()),
    ];
    expect(await rest(early)).toEqual(contentOf(blob));
    early.close();
    await late.read();
    late.close();
    const again = await content.open(wanted(blob), unending());
    expect(await rest(again)).toEqual(contentOf(blob));
    again.close();
    expect(source.opened).toEqual(['a@0']);
    content.took(wanted(blob), 'one', 2);
    expect(content.keptBytes).toBe(blob.sizeBytes);
    content.took(wanted(blob), 'other', 2);
    expect([content.keptBytes, source.open]).toEqual([0, 0]);
  });

  it('leaves those behind who are further behind than there is room: they read on by themselves', async () => {
    const { source, content, wanted } = shared(1);
    const blob = blobOf('a', 9);
    const slow = await content.open(wanted(blob), unending());
    const fast = await content.open(wanted(blob), unending());
    const begun = Buffer.from((await slow.read()) ?? '');
    expect(await rest(fast)).toEqual(contentOf(blob));
    expect(Buffer.concat([begun, await rest(slow)])).toEqual(contentOf(blob));
    expect(source.opened).toEqual(['a@0', `a@${PIECE_BYTES}`]);
    for (const reader of [slow, fast]) reader.close();
    expect([content.keptBytes, source.open]).toEqual([0, 0]);
  });

  it('asks for nothing while nobody reads, and goes on from there', async () => {
    const { source, content, wanted } = shared();
    const blob = blobOf('a', 4);
    const first = await content.open(wanted(blob), unending());
    await first.read();
    first.close();
    expect([source.open, source.bytes]).toEqual([0, PIECE_BYTES]);
    const next = await content.open(wanted(blob), unending());
    expect(await rest(next)).toEqual(contentOf(blob));
    expect(source.opened).toEqual(['a@0', `a@${PIECE_BYTES}`]);
    expect(source.bytes).toBe(blob.sizeBytes);
  });

  it('is not ended by one of those who read, and tells all of what the source fails with', async () => {
    const { source, content, wanted } = shared();
    const blob = blobOf('a', 4);
    const end = new AbortController();
    const stopped = await content.open(wanted(blob), end.signal);
    const other = await content.open(wanted(blob), unending());
    await stopped.read();
    const reading = stopped.read();
    end.abort(new Error('cancelled'));
    await expect(reading).rejects.toThrow('cancelled');
    stopped.close();
    expect((await other.read())?.byteLength).toBe(PIECE_BYTES);
    expect((await other.read())?.byteLength).toBe(PIECE_BYTES);
    source.failure = new Error('cut');
    await expect(other.read()).rejects.toThrow('cut');
    other.close();
    content.forget(wanted(blob));
    source.failure = undefined;
    expect(await rest(await content.open(wanted(blob), unending()))).toEqual(contentOf(blob));
  });

  it('gives room to what came first, and what nobody has come for back after a while', async () => {
    vi.useFakeTimers();
    const { source, content, wanted } = shared(4);
    const [first, second] = [blobOf('a', 4), blobOf('b', 4)];
    for (const blob of [first, second]) {
      const reader = await content.open(wanted(blob), unending());
      await rest(reader);
      reader.close();
    }
    const reader = await content.open(wanted(first), unending());
    expect(await rest(reader)).toEqual(contentOf(first));
    reader.close();
    expect(source.opened).toEqual(['a@0', 'b@0']);
    vi.advanceTimersByTime(KEPT_MS + 1);
    expect(content.keptBytes).toBe(0);
  });

  it('gives one account nothing that another has read', async () => {
    const { source, content, wanted } = shared();
    const blob = blobOf('a', 2);
    await rest(await content.open(wanted(blob), unending()));
    const other = new Source();
    await rest(await content.open({ ...wanted(blob), client: other }, unending()));
    expect([source.opened, other.opened]).toEqual([['a@0'], ['a@0']]);
  });

  const step = fc.record({
    name: fc.constantFrom('a', 'b', 'c'),
    taker: fc.nat(3),
    does: fc.constantFrom('read', 'read', 'read', 'beside', 'close', 'took'),
  });

  it('gives everybody all of each blob, whatever the others do, in bounded memory', async () => {
    const steps = fc.array(step, { maxLength: 120 });
    const sizes = fc.record({ most: fc.nat(12), apart: fc.integer({ min: 1, max: 4 }) });
    await fc.assert(
      fc.asyncProperty(steps, sizes, async (all, { most, apart }) => {
        const { source, content, wanted } = shared(most, apart);
        const readings = new Map<string, Reading>();
        for (const each of all) {
          await take(each, { content, readings, wanted: wanted(blobOf(each.name, 6)) });
          expect(content.keptBytes).toBeLessThanOrEqual((most + apart) * PIECE_BYTES);
        }
        for (const { blob, reader, pieces } of readings.values()) {
          expect(Buffer.concat([...pieces, await rest(reader)]).equals(contentOf(blob))).toBe(true);
          reader.close();
        }
        expect(source.open).toBe(0);
      }),
      RUNS,
    );
  });
});
