import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import type { Digest } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { testRegistries } from '../registries.fixture.ts';

const MIB = 1024 * 1024;
const SIZE = 200 * MIB;
const CHUNK = Buffer.alloc(MIB, 7);

// What the sockets of two connections and the streams between them may hold.
const MOST_AHEAD = 40 * MIB;

function digest(): Digest {
  const hash = createHash('sha256');
  for (let read = 0; read < SIZE; read += MIB) hash.update(CHUNK);
  return `sha256:${hash.digest('hex')}` as Digest;
}

/** A registry that gives out one blob, takes uploads slowly, and notes how far the one is ahead of the other. */
class RelayEnds implements AsyncDisposable {
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  #given = 0;
  taken = 0;
  mostAhead = 0;

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
    if (request.method === 'GET') await this.#give(response);
    else if (request.method === 'PUT') await this.#take(request, response);
    else response.writeHead(202, { location: '/v2/target/blobs/uploads/1' }).end();
  }

  async #give(response: ServerResponse): Promise<void> {
    response.writeHead(200, { 'content-length': String(SIZE) });
    while (this.#given < SIZE) {
      this.#given += MIB;
      if (!response.write(CHUNK)) await once(response, 'drain');
    }
    response.end();
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for await (const chunk of request) {
      this.taken += chunk.byteLength;
      this.mostAhead = Math.max(this.mostAhead, this.#given - this.taken);
      for (let pause = 0; pause < 3; pause += 1) await turn();
    }
    response.writeHead(201).end();
  }
}

describe('registry/blobs when a large blob is relayed', () => {
  it('reads no faster than the target takes', async () => {
    await using ends = new RelayEnds();
    await using scenario = testRegistries();
    const client = scenario.connect(await ends.start());
    const blob = { mediaType: 'application/octet-stream', digest: digest(), sizeBytes: SIZE };
    await client.uploadBlob('target', blob, () => client.getBlob('source', blob));
    expect(ends.taken).toBe(SIZE);
    expect(ends.mostAhead).toBeLessThan(MOST_AHEAD);
  });
});
