import { request as nodeRequest } from 'node:http';
import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, inject, it } from 'vitest';
import type { AnswerHead } from './answer-head.ts';
import { AnswerReader, type AnswerSink } from './answer-reader.ts';

/** An answer of which all has come. */
interface Whole {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Notes what it is told, and wants no more for a while after some pieces. */
class Notes implements AnswerSink {
  isPaused = false;
  ends = 0;
  head: AnswerHead | undefined;
  readonly #pieces: Buffer[] = [];
  readonly #pauses: readonly boolean[];

  constructor(pauses: readonly boolean[]) {
    this.#pauses = pauses;
  }

  onHead(head: AnswerHead): void {
    if (head.status >= 200) this.head = head;
  }

  onBody(piece: Buffer): void {
    this.#pieces.push(Buffer.from(piece));
    this.isPaused = this.#pauses[this.#pieces.length % this.#pauses.length] ?? false;
  }

  onEnd(): void {
    this.ends += 1;
  }

  get whole(): Whole | 'none' {
    if (this.head === undefined || this.ends !== 1) return 'none';
    const headers = Object.entries(this.head.headers).map(([name, value]) => [
      name,
      [value].flat().join(', '),
    ]);
    const body = Buffer.concat(this.#pieces).toString('hex');
    return { status: this.head.status, headers: Object.fromEntries(headers), body };
  }
}

interface Way {
  /** Where it is cut into reads. */
  readonly cuts: readonly number[];
  readonly pauses: readonly boolean[];
}

const STRAIGHT: Way = { cuts: [], pauses: [] };

type Read = (Whole & { readonly taken: number }) | 'none' | 'refused';

function read(raw: Buffer, method: string, { cuts, pauses }: Way = STRAIGHT): Read {
  const notes = new Notes(pauses);
  const reader = new AnswerReader(notes);
  reader.expect(method === 'HEAD');
  let taken = 0;
  const places = [0, ...cuts.map((cut) => cut % (raw.byteLength + 1)).sort((a, b) => a - b), raw.byteLength];
  try {
    places.forEach((from, index) => {
      let rest = raw.subarray(from, places[index + 1] ?? from);
      while (rest.byteLength > 0 && !reader.isBetween) {
        const bytes = reader.take(rest);
        taken += bytes;
        rest = rest.subarray(bytes);
        // As a connection does when its reader asks for more.
        if (notes.isPaused) {
          notes.isPaused = false;
          reader.take(rest.subarray(0, 0));
        }
      }
    });
    reader.close();
  } catch {
    return 'refused';
  }
  return notes.whole === 'none' ? 'none' : { ...notes.whole, taken };
}

/** What Node's own parser makes of it. */
function readByNode(raw: Buffer, method: string): Promise<Whole | 'none'> {
  const { promise, resolve } = Promise.withResolvers<Whole | 'none'>();
  const socket = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
  const request = nodeRequest({ method, createConnection: () => socket });
  const fail = (): void => resolve('none');
  // Of an answer that ends with its connection Node tells the end after that of the request.
  request.on('error', fail).on('close', () => setImmediate(() => setImmediate(fail)));
  request.on('response', (response) => {
    const pieces: Buffer[] = [];
    response.on('data', (piece: Buffer) => pieces.push(piece)).on('error', fail);
    response.on('end', () => {
      if (!response.complete) return;
      const headers: Record<string, string> = {};
      for (let at = 0; at < response.rawHeaders.length; at += 2) {
        const [name = '', value = ''] = response.rawHeaders.slice(at, at + 2);
        const key = name.toLowerCase();
        headers[key] = headers[key] === undefined ? value : `${headers[key]}, ${value}`;
      }
      resolve({ status: response.statusCode ?? 0, headers, body: Buffer.concat(pieces).toString('hex') });
    });
  });
  request.end();
  socket.push(raw);
  socket.push(null);
  return promise.finally(() => socket.destroy());
}

interface Answer {
  readonly raw: Buffer;
  readonly method: 'GET' | 'HEAD';
  readonly body: Buffer;
  readonly status: number;
}

const TOKEN = fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/);
const FRAMES = new Set(['connection', 'content-length', 'keep-alive', 'transfer-encoding', 'upgrade']);
const fields = fc.array(
  fc.tuple(
    TOKEN.filter((name) => !FRAMES.has(name)),
    fc.stringMatching(/^(?:[!-~](?:[ -~]{0,20}[!-~])?)?$/),
  ),
  { maxLength: 4 },
);

const answers: fc.Arbitrary<Answer> = fc
  .record({
    method: fc.constantFrom('GET' as const, 'HEAD' as const),
    status: fc.constantFrom(200, 201, 204, 304, 404, 503),
    interim: fc.nat(2),
    fields,
    framing: fc.constantFrom('length', 'chunked', 'close'),
    content: fc.uint8Array({ maxLength: 200 }),
    chunk: fc.integer({ min: 1, max: 90 }),
    extension: fc.constantFrom('', ';a', ';a=1', ';a="b c"'),
    trailers: fields,
    reason: fc.constantFrom('', ' ', ' OK', ' Not quite OK'),
  })
  .map(({ method, status, interim, framing, content, chunk, extension, trailers, reason, ...parts }) => {
    const body = Buffer.from(content);
    const hasBody = method === 'GET' && status !== 204 && status !== 304;
    const lines = parts.fields.map(([name, value]) => `${name}: ${value}\r\n`);
    if (framing === 'length') lines.push(`Content-Length: ${body.byteLength}\r\n`);
    if (framing === 'chunked') lines.push('Transfer-Encoding: chunked\r\n');
    const sent: (string | Buffer)[] = [
      'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'.repeat(interim),
      `HTTP/1.1 ${status}${reason}\r\n${lines.join('')}\r\n`,
    ];
    if (hasBody && framing !== 'chunked') sent.push(body);
    if (hasBody && framing === 'chunked') {
      for (let at = 0; at < body.byteLength; at += chunk) {
        const piece = body.subarray(at, at + chunk);
        sent.push(`${piece.byteLength.toString(16)}${extension}\r\n`, piece, '\r\n');
      }
      sent.push(`0\r\n${trailers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`);
    }
    const raw = Buffer.concat(
      sent.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)),
    );
    return { raw, method, status, body: hasBody ? body : Buffer.alloc(0) };
  });

const TELLING = [...'\0\t\n\r "+,-.:;=0159Aafx\x7f\xff'].map((text) => text.charCodeAt(0));

const flaws = fc.array(
  fc.record({
    at: fc.nat(),
    removed: fc.nat(2),
    put: fc.array(fc.constantFrom(...TELLING), { maxLength: 2 }),
  }),
  { minLength: 1, maxLength: 3 },
);

const flawed = fc.tuple(answers, flaws).map(([{ raw, method }, all]) => {
  const bytes = [...raw];
  for (const { at, removed, put } of all) bytes.splice(at % (bytes.length + 1), removed, ...put);
  return { raw: Buffer.from(bytes), method };
});

const ways = fc.record({
  cuts: fc.array(fc.nat(), { maxLength: 6 }),
  pauses: fc.array(fc.boolean(), { minLength: 1, maxLength: 4 }),
});

const check = inject('fuzz');

describe('registry/http/answers/answer-reader', () => {
  it('reads what is right as it is, however it comes and whoever pauses', () => {
    fc.assert(
      fc.property(answers, ways, ({ raw, method, status, body }, way) => {
        const straight = read(raw, method);
        expect(straight).toMatchObject({ status, body: body.toString('hex') });
        expect(read(raw, method, way)).toEqual(straight);
      }),
      check,
    );
  });

  it('makes of what is wrong the same, however it comes', () => {
    fc.assert(
      fc.property(flawed, ways, ({ raw, method }, way) => {
        expect(read(raw, method, way)).toEqual(read(raw, method));
      }),
      check,
    );
  });

  it('takes nothing for an answer that Node takes for another, or for none', async () => {
    await fc.assert(
      fc.asyncProperty(flawed, async ({ raw, method }) => {
        const ours = read(raw, method);
        if (typeof ours === 'string') return;
        // What comes after it ends the connection.
        const { taken, ...answer } = ours;
        expect(await readByNode(raw.subarray(0, taken), method)).toEqual(answer);
      }),
      check,
    );
  });

  it.each(['{"tags":[]}', 'HTTP/1.1 200 OK\nserver: x\n\n', 'HTTP/1.1 200 OK\r\nserver: x\n'])(
    'does not wait for the end of what will be no answer: %j',
    (text) => {
      const raw = Buffer.from(text);
      expect(read(raw, 'GET')).toBe('refused');
      for (let cut = 1; cut < raw.byteLength; cut += 1)
        expect(read(raw, 'GET', { cuts: [cut], pauses: [] })).toBe('refused');
    },
  );
});
