import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import {
  type Exchange,
  type ScriptedRequest,
  type ScriptedResponse,
  scriptedRegistry,
} from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { readAll, testRegistries } from '../registries.fixture.ts';
import { blobOf } from './blob.fixture.ts';

const CONTENT = randomBytes(1_000_000);
const BLOB = blobOf(CONTENT);
const WINDOW_MS = 60;
// A window in which nothing comes is too slow by far.
const IMPATIENT = { minBytesPerSecond: 10_000, minRateWindowMs: WINDOW_MS, maxTags: 1 };

const get = (response: Exchange['response'], times: Exchange['times'] = 1): Exchange => ({
  method: 'GET',
  path: `/v2/team/app/blobs/${BLOB.digest}`,
  times,
  response,
});

/** The content from where it is asked for. */
function rest({ headers }: ScriptedRequest): ScriptedResponse {
  const from = Number(/^bytes=(\d+)-\d*$/.exec(headers.range ?? '')?.[1] ?? 0);
  if (from === 0) return { status: 200, body: CONTENT };
  const range = `bytes ${from}-${CONTENT.length - 1}/${CONTENT.length}`;
  return { status: 206, headers: { 'content-range': range }, body: CONTENT.subarray(from) };
}

async function* lateCut(): AsyncIterable<Uint8Array> {
  yield CONTENT.subarray(0, 10);
  await pause(2 * WINDOW_MS);
  throw new Error('cut');
}

async function* lateEnd(): AsyncIterable<Uint8Array> {
  yield CONTENT.subarray(0, 10);
  await pause(2 * WINDOW_MS);
}

async function download(exchanges: Exchange[], limits?: typeof IMPATIENT): Promise<Buffer> {
  await using registry = await scriptedRegistry(exchanges);
  await using scenario = testRegistries({ limits });
  return await readAll(await scenario.connect(registry).getBlob('team/app', BLOB));
}

describe('registry/blobs/resume', () => {
  it('goes on any number of times as long as much comes each time', async () => {
    const some = (request: ScriptedRequest) => ({ ...rest(request), cutAfterBytes: 70_000 });
    expect((await download([get(some, 14), get(rest)])).equals(CONTENT)).toBe(true);
  });

  it('asks for nothing more after a cut behind the last byte', async () => {
    const all = async function* (): AsyncIterable<Uint8Array> {
      yield CONTENT;
      throw new Error('cut');
    };
    expect((await download([get(() => ({ status: 200, body: all() }))])).equals(CONTENT)).toBe(true);
  });

  it.each([416, 403, 400, 501])(
    'goes on by a closed range where %i refuses an open one, and asks for no open one again',
    async (status) => {
      const ranges: (string | undefined)[] = [];
      const closedOnly = (request: ScriptedRequest): ScriptedResponse => {
        const { range } = request.headers;
        ranges.push(range);
        if (range?.endsWith('-')) return { status };
        return { ...rest(request), ...(ranges.length < 5 && { cutAfterBytes: 100_000 }) };
      };
      expect((await download([get(closedOnly, 'any')])).equals(CONTENT)).toBe(true);
      expect(ranges).toEqual([
        undefined,
        'bytes=100000-',
        'bytes=100000-999999',
        'bytes=200000-999999',
        'bytes=300000-999999',
      ]);
    },
  );

  it.each([416, 403])('begins again where %i refuses every range', async (status) => {
    const ranges: (string | undefined)[] = [];
    const whole = (request: ScriptedRequest): ScriptedResponse => {
      const { range } = request.headers;
      ranges.push(range);
      if (range !== undefined) return { status };
      return { status: 200, body: CONTENT, ...(ranges.length === 1 && { cutAfterBytes: 100_000 }) };
    };
    expect((await download([get(whole, 'any')])).equals(CONTENT)).toBe(true);
    expect(ranges).toEqual([undefined, 'bytes=100000-', 'bytes=100000-999999', undefined]);
  });

  it('tells of a refusal that is not about the range', async () => {
    let asked = 0;
    const denying = (): ScriptedResponse => {
      asked += 1;
      return asked === 1 ? { status: 200, body: CONTENT, cutAfterBytes: 100_000 } : { status: 403 };
    };
    await expect(download([get(denying, 'any')])).rejects.toMatchObject({ code: 'DENIED' });
    expect(asked).toBe(4);
  });

  it('gives up a source that gains next to nothing with each request', async () => {
    const little = (request: ScriptedRequest) => ({ ...rest(request), cutAfterBytes: 1 });
    await expect(download([get(little, 3)])).rejects.toMatchObject({ code: 'STREAM_TRUNCATED' });
  });

  it('gives up a source that sends all again each time, however much it gains', async () => {
    let cutAfterBytes = 0;
    const more = (): ScriptedResponse => {
      cutAfterBytes += 100_000;
      return { status: 200, body: CONTENT, cutAfterBytes };
    };
    await expect(download([get(more, 4)])).rejects.toMatchObject({ code: 'STREAM_TRUNCATED' });
  });

  it.each<[string, Exchange[]]>([
    [
      'for the head of what goes on',
      [
        get({ status: 200, body: CONTENT, cutAfterBytes: 1 }),
        get(async (request) => {
          await pause(2 * WINDOW_MS);
          return rest(request);
        }),
      ],
    ],
    ['for a cut', [get(() => ({ status: 200, body: lateCut() })), get(rest, 'any')]],
    ['for an early end', [get(() => ({ status: 200, body: lateEnd() })), get(rest, 'any')]],
  ])('holds it against the source that it lets us wait %s', async (_title, exchanges) => {
    await expect(download(exchanges, IMPATIENT)).rejects.toMatchObject({ code: 'TOO_SLOW' });
  });
});
