import { pipeline, Readable, type Transform } from 'node:stream';
import { promisify } from 'node:util';
import type { BodySource } from './body-source.ts';
import { kept } from './lent-buffer.ts';

// Registries are asked for bytes as they are. Some send them encoded all the same; others call what is a blob of gzip
// encoded, as web servers do with files whose kind they guess.

interface Coding {
  readonly stream: () => Transform;
  readonly whole: (bytes: Uint8Array, bounds: Bounds) => Promise<Buffer>;
}

interface Bounds {
  readonly maxOutputLength: number;
  /** Absent: what ends early is an error. */
  readonly finishFlush?: number;
}

const NONE: readonly string[] = [];

// Loaded for the first one: next to none of them encodes, and all that a start loads is paid by each command.
const zlib = (): typeof import('node:zlib') => process.getBuiltinModule('node:zlib');

type Zlib = ReturnType<typeof zlib>;

const codingBy = (stream: (lib: Zlib) => Transform, whole: (lib: Zlib) => Coding['whole']): Coding => ({
  stream: () => stream(zlib()),
  whole: (...input) => whole(zlib())(...input),
});

const partial = (isPartial: boolean, finishFlush: number): { finishFlush?: number } =>
  isPartial ? { finishFlush } : {};

const gzip = codingBy(
  (lib) => lib.createGunzip(),
  (lib) => promisify(lib.gunzip),
);
const deflate = codingBy(
  (lib) => lib.createInflate(),
  (lib) => promisify(lib.inflate),
);
const brotli = codingBy(
  (lib) => lib.createBrotliDecompress(),
  (lib) => promisify(lib.brotliDecompress),
);
const zstd = codingBy(
  (lib) => lib.createZstdDecompress(),
  (lib) => promisify(lib.zstdDecompress),
);

// https://www.iana.org/assignments/http-parameters/http-parameters.xhtml#content-coding
const CODINGS: ReadonlyMap<string, Coding> = new Map(
  Object.entries({ gzip, 'x-gzip': gzip, deflate, br: brotli, zstd }),
);

/** What is to be made of input that ends early. */
function flushFor(coding: string): number {
  const { constants } = zlib();
  if (coding === 'br') return constants.BROTLI_OPERATION_FLUSH;
  return coding === 'zstd' ? constants.ZSTD_e_flush : constants.Z_SYNC_FLUSH;
}

// More than one is known of gateways that encode what was encoded.
const MAX_CODINGS = 2;

/** In the order in which they are undone. Empty: the header says none, or such as nobody knows, which is no coding then. */
export function codingsOf(header: string | undefined): readonly string[] {
  if (header === undefined) return NONE;
  const names = header
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && name !== 'identity');
  const isKnown = names.length <= MAX_CODINGS && names.every((name) => CODINGS.has(name));
  return isKnown ? names.toReversed() : [];
}

/**
 * A whole body without its codings; as it is where they cannot be undone, since then it is called what it is not.
 *
 * @param isPartial - it is only the beginning of one.
 * @returns absent: it has more than `limitBytes`.
 */
export async function decodedBody(
  bytes: Buffer,
  header: string | undefined,
  { limitBytes, isPartial = false }: { readonly limitBytes: number; readonly isPartial?: boolean },
): Promise<Buffer | undefined> {
  let decoded = bytes;
  for (const name of codingsOf(header)) {
    const flush = partial(isPartial, flushFor(name));
    try {
      const whole = CODINGS.get(name)?.whole(decoded, { maxOutputLength: limitBytes, ...flush });
      decoded = (await whole) ?? decoded;
    } catch (error) {
      if (isTooLarge(error)) return undefined;
      break;
    }
  }
  return decoded;
}

const isTooLarge = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';

/** What was called encoded is not, or is damaged. */
export class NotDecodable extends Error {
  override readonly name = 'NotDecodable';
}

/**
 * A body without its codings, as it comes.
 *
 * @throws {NotDecodable}
 * @throws what the body fails with.
 */
export async function* decodedStream(
  body: Pick<BodySource, 'read' | 'destroy'>,
  header: string | undefined,
): AsyncGenerator<Buffer> {
  let failure: { readonly error: unknown } | undefined;
  // What is thrown where it yields is the decoder's.
  async function* watched(): AsyncGenerator<Buffer> {
    try {
      for (;;) {
        const piece = await body.read().catch((error: unknown) => {
          failure = { error };
          throw error;
        });
        if (piece === undefined) return;
        yield kept(piece);
      }
    } finally {
      body.destroy();
    }
  }
  let stream: Readable = Readable.from(watched(), { objectMode: false });
  for (const name of codingsOf(header)) {
    const coding = CODINGS.get(name);
    // Its reader is told of failures.
    if (coding !== undefined) stream = pipeline(stream, coding.stream(), () => undefined);
  }
  try {
    yield* stream as AsyncIterable<Buffer>;
  } catch (error) {
    throw failure === undefined
      ? new NotDecodable('is not encoded as it is called', { cause: error })
      : failure.error;
  }
}
