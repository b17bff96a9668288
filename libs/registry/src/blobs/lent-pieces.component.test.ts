import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testRegistries } from '../registries.fixture.ts';
import { blobOf } from './blob.fixture.ts';

const KIB = 1024;

// Several times what is read at once.
const CONTENT = randomBytes(6_000 * KIB);

interface Conditions {
  readonly sizeBytes: number;
  /** The sizes of what is written at once, in turn. */
  readonly pieces: readonly number[];
  /** Where connections are cut. */
  readonly cuts: readonly number[];
  readonly knowsRanges: boolean;
  readonly isChunked: boolean;
  /** Turns of the event loop between two pieces that are taken, in turn. */
  readonly pauses: readonly number[];
  /** A byte that is another than the digest says. */
  readonly flawAt: number | undefined;
  readonly abortAt: number | undefined;
}

const within = fc.integer({ min: 0, max: CONTENT.byteLength });
const conditions: fc.Arbitrary<Conditions> = fc.record({
  sizeBytes: fc.integer({ min: 1, max: CONTENT.byteLength }),
  pieces: fc.array(fc.integer({ min: 1_000, max: 600 * KIB }), { minLength: 1, maxLength: 4 }),
  cuts: fc.uniqueArray(within, { maxLength: 2 }),
  knowsRanges: fc.boolean(),
  isChunked: fc.boolean(),
  pauses: fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 5 }),
  flawAt: fc.option(within, { nil: undefined, freq: 6 }),
  abortAt: fc.option(within, { nil: undefined, freq: 6 }),
});

/** A registry that gives one blob and takes it again, both as badly as it is told to. */
class BadWay implements AsyncDisposable {
  readonly #conditions: Conditions;
  readonly #cuts: Set<number>;
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  readonly content: Buffer;
  /** As a whole. */
  stored: Buffer | undefined;
  taken = 0;
  onTaken: () => void = () => undefined;

  constructor(conditions: Conditions) {
    this.#conditions = conditions;
    this.#cuts = new Set(conditions.cuts);
    this.content = CONTENT.subarray(0, conditions.sizeBytes);
  }

  async start(): Promise<{ host: string }> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return { host: `127.0.0.1:${(this.#server.address() as AddressInfo).port}` };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'GET') await this.#give(request, response);
    else if (request.method === 'PUT') await this.#take(request, response).catch(() => undefined);
    else response.writeHead(202, { location: '/v2/target/blobs/uploads/1' }).end();
  }

  async #give(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pieces, knowsRanges, isChunked } = this.#conditions;
    const size = this.content.byteLength;
    const asked = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const from = knowsRanges ? asked : 0;
    const length = isChunked ? {} : { 'content-length': size - from };
    if (from === 0) response.writeHead(200, length);
    else response.writeHead(206, { ...length, 'content-range': `bytes ${from}-${size - 1}/${size}` });
    const bytes = this.#given();
    for (let offset = from, count = 0; offset < size; count += 1) {
      const end = offset + (pieces[count % pieces.length] ?? 1);
      const cut = [...this.#cuts].find((at) => at >= offset && at < end);
      if (cut !== undefined) {
        this.#cuts.delete(cut);
        response.write(bytes.subarray(offset, cut), () => response.destroy());
        return;
      }
      const isLeaving = Promise.withResolvers<void>();
      response.write(bytes.subarray(offset, end), () => isLeaving.resolve());
      await isLeaving.promise;
      if (response.destroyed) return;
      offset = end;
    }
    response.end();
  }

  #given(): Buffer {
    const { flawAt } = this.#conditions;
    if (flawAt === undefined || flawAt >= this.content.byteLength) return this.content;
    const bytes = Buffer.from(this.content);
    bytes[flawAt] = ~(bytes[flawAt] ?? 0) & 0xff;
    return bytes;
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pauses } = this.#conditions;
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      this.taken += chunk.byteLength;
      this.onTaken();
      const turns = pauses[chunks.length % pauses.length] ?? 0;
      for (let count = 0; count < turns; count += 1) await turn();
    }
    this.stored = Buffer.concat(chunks);
    response.writeHead(201).end();
  }
}

describe('registry/blobs when pieces of a blob are lent', () => {
  it.each(['undici', 'sockets'] as const)(
    'stores the very bytes or nothing, whatever is cut, held up, wrong or stopped (%s)',
    async (httpClient) => {
      await using scenario = testRegistries({ httpClient });
      await fc.assert(
        fc.asyncProperty(conditions, async (given) => {
          await using way = new BadWay(given);
          const client = scenario.connect(await way.start());
          const blob = blobOf(way.content);
          const abort = new AbortController();
          const { signal } = abort;
          way.onTaken = () =>
            way.taken >= (given.abortAt ?? Number.POSITIVE_INFINITY) && abort.abort(new Error('stopped'));
          const copy = client.uploadBlob('target', blob, () => client.getBlob('source', blob, { signal }), {
            signal,
          });
          const outcome = await copy.then(
            () => 'copied',
            () => 'failed',
          );
          const isFlawed = given.flawAt !== undefined && given.flawAt < given.sizeBytes;
          if (isFlawed) expect(outcome).toBe('failed');
          else if (given.abortAt === undefined) expect(outcome).toBe('copied');
          if (outcome === 'copied') expect(way.stored?.equals(way.content)).toBe(true);
          else expect(way.stored?.equals(way.content) ?? true).toBe(true);
        }),
        { numRuns: 40 },
      );
    },
  );
});
