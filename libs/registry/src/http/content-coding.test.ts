import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { codingsOf, decodedBody, decodedStream, NotDecodable } from './content-coding.ts';

const TEXT = Buffer.from(JSON.stringify({ tags: ['a', 'b'], padding: ' '.repeat(10_000) }));

const ENCODED: [string, Buffer][] = [
  ['gzip', gzipSync(TEXT)],
  ['X-GZip', gzipSync(TEXT)],
  ['deflate', deflateSync(TEXT)],
  ['br', brotliCompressSync(TEXT)],
  ['zstd', zstdCompressSync(TEXT)],
  ['identity, gzip', gzipSync(TEXT)],
  ['deflate, gzip', gzipSync(deflateSync(TEXT))],
];

/** A body of these pieces, which fails after them with `failure`. */
function bodyOf(pieces: readonly Buffer[], failure?: Error) {
  const left = [...pieces];
  return {
    read: async (): Promise<Buffer | undefined> => {
      const piece = left.shift();
      if (piece === undefined && failure !== undefined) throw failure;
      return piece;
    },
    destroy: () => undefined,
  };
}

async function readAll(bytes: Buffer, header: string): Promise<Buffer> {
  const parts = [bytes.subarray(0, 5), bytes.subarray(5)];
  const chunks: Buffer[] = [];
  for await (const chunk of decodedStream(bodyOf(parts), header)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('registry/http/content-coding', () => {
  it.each(ENCODED)('decodes %s, whole and as it comes', async (header, bytes) => {
    expect(await decodedBody(bytes, header, { limitBytes: 100_000 })).toEqual(TEXT);
    expect(await readAll(bytes, header)).toEqual(TEXT);
  });

  it.each(ENCODED)('takes text that is called %s for text', async (header) => {
    expect(await decodedBody(TEXT, header, { limitBytes: 100_000 })).toEqual(TEXT);
    await expect(readAll(TEXT, header)).rejects.toBeInstanceOf(NotDecodable);
  });

  // zstd gives nothing of a block before the whole of it has come.
  it.each(ENCODED.filter(([header]) => header !== 'zstd'))(
    'says the beginning of what begins, encoded as %s',
    async (header, bytes) => {
      const half = bytes.subarray(0, bytes.byteLength - 3);
      const decoded = await decodedBody(half, header, { limitBytes: 100_000, isPartial: true });
      expect(`${decoded}`.startsWith('{"tags":["a"')).toBe(true);
      await expect(readAll(half, header)).rejects.toBeInstanceOf(NotDecodable);
    },
  );

  it.each(ENCODED)('makes no more of %s than is wanted', async (header, bytes) => {
    expect(await decodedBody(bytes, header, { limitBytes: 1_000 })).toBeUndefined();
  });

  it.each([undefined, '', 'identity', 'aws-chunked', 'utf-8', 'gzip, gzip, gzip', 'gzip, unheard-of'])(
    'knows no coding in %s',
    (header) => {
      expect(codingsOf(header)).toEqual([]);
    },
  );

  it('fails as the body fails', async () => {
    const body = bodyOf([gzipSync(TEXT).subarray(0, 20)], new Error('cut'));
    const reading = decodedStream(body, 'gzip');
    await expect(reading.next().then(() => reading.next())).rejects.toThrow('cut');
  });
});
