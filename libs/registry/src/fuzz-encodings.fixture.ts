import zlib from 'node:zlib';
import fc from 'fast-check';

type Bytes = Uint8Array;

/** How the body of an answer is sent, and what its header says of that. */
export interface Encoding {
  /** Absent: nothing. */
  readonly header: string | undefined;
  encode(body: Bytes): Bytes;
}

const CODERS: Readonly<Record<string, (body: Bytes) => Bytes>> = {
  gzip: zlib.gzipSync,
  'x-gzip': zlib.gzipSync,
  deflate: zlib.deflateSync,
  br: (body) => zlib.brotliCompressSync(body, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } }),
  zstd: zlib.zstdCompressSync,
  identity: (body) => body,
  unheard: (body) => body,
};

const names = fc.array(fc.constantFrom(...Object.keys(CODERS)), { minLength: 1, maxLength: 4 });

// A mebibyte of zeros in a member of a kilobyte, and as many members as a gigabyte takes, which are decoded one after the other.
const MEMBER = zlib.gzipSync(new Uint8Array(1024 * 1024), { level: 9 });
const BOMB = Buffer.concat(Array.from({ length: 1024 }, () => MEMBER));
const BOMBS: Readonly<Record<string, Bytes>> = {
  gzip: BOMB,
  'gzip, gzip': zlib.gzipSync(BOMB),
  'gzip, br': zlib.brotliCompressSync(BOMB),
  'gzip, zstd': zlib.zstdCompressSync(BOMB),
};

/** Encoded as it is called, called otherwise than it is, cut, or something small that becomes a gigabyte. */
export const encoding = (): fc.Arbitrary<Encoding> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constant({ header: undefined, encode: (body: Bytes) => body }) },
    {
      weight: 6,
      arbitrary: fc
        .tuple(names, names, fc.constantFrom('right', 'right', 'mislabelled', 'cut'))
        .map(([told, others, how]) => ({
          header: told.join(', '),
          encode: (body: Bytes): Bytes => {
            const used = how === 'mislabelled' ? others : told;
            const encoded = used.reduce((bytes, name) => CODERS[name]?.(bytes) ?? bytes, body);
            return how === 'cut' ? encoded.subarray(0, encoded.byteLength / 2) : encoded;
          },
        })),
    },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(...Object.entries(BOMBS))
        .map(([header, bomb]) => ({ header, encode: () => bomb })),
    },
    {
      weight: 1,
      arbitrary: fc.string({ unit: 'binary-ascii', maxLength: 40 }).map((header) => ({
        header: header.replace(/[^\t\x20-\x7e]/g, ''),
        encode: (body: Bytes) => body,
      })),
    },
  );
