import { describe, expect, it } from 'vitest';
import { type DaemonEvent, readEvents } from './events.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

async function eventsOf(...chunks: (string | Uint8Array)[]): Promise<DaemonEvent[]> {
  async function* stream() {
    yield* chunks;
  }
  return await Array.fromAsync(readEvents(stream()));
}

describe('relay/docker/events', () => {
  it.each([
    ['{"status":"Pulling from app","id":"v1"}', { status: 'Pulling from app', id: 'v1' }],
    [
      '{"status":"Downloading","progressDetail":{"current":1,"total":2},"progress":"[=>]","id":"54fd"}',
      { status: 'Downloading', id: '54fd', current: 1, total: 2 },
    ],
    [`{"status":"Digest: ${DIGEST}"}`, { status: `Digest: ${DIGEST}`, digest: DIGEST }],
    [`{"progressDetail":{},"aux":{"Tag":"v1","Digest":"${DIGEST}","Size":732}}`, { digest: DIGEST }],
    ['{"errorDetail":{"message":"denied"},"error":"denied"}', { error: 'denied' }],
    ['{"error":"denied"}', { error: 'denied' }],
    ['{"aux":{"Digest":"nonsense"},"status":7}', {}],
    ['{"status":"a","progressDetail":{"current":1e300,"total":-1}}', { status: 'a' }],
    [`{"status":"a","id":"${'x'.repeat(2_000)}"}`, { status: 'a' }],
  ])('reads %s', async (line, event) => {
    expect(await eventsOf(`${line}\r\n`)).toEqual([event]);
  });

  it('puts lines together that arrive in pieces', async () => {
    const bytes = new TextEncoder().encode('{"status":"grün"}\r\n\r\n{"status":"b"}');
    const pieces = Array.from(bytes, (byte) => Uint8Array.of(byte));
    expect(await eventsOf(...pieces)).toEqual([{ status: 'grün' }, { status: 'b' }]);
  });

  it('fails on a line without an end', async () => {
    await expect(eventsOf(...Array(40).fill(Buffer.alloc(64 * 1024, 'a')))).rejects.toThrow(RangeError);
  });

  it('fails on what is not JSON', async () => {
    await expect(eventsOf('<html>\n')).rejects.toThrow(SyntaxError);
  });
});
