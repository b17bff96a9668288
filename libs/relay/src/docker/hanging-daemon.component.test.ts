import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { pipeline } from 'node:stream/promises';
import {
  digestOf,
  eventually,
  pushImage,
  startDockerd,
  startRegistry,
  type TestDockerd,
  type TestRegistry,
} from '@regfleet/harness';
import { silentLogger } from '@regfleet/model';
import Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRelay } from '../index.ts';
import { RelayUnderTest } from '../relay.fixture.ts';

const isRoot = process.getuid?.() === 0;
const title = isRoot
  ? 'relay/docker/hanging'
  : 'relay/docker/hanging (skipped: its docker daemon needs root)';

describe.skipIf(!isRoot)(title, () => {
  let dockerd: TestDockerd;
  let docker: Docker;
  let source: TestRegistry;
  let target: TestRegistry;

  beforeAll(async () => {
    [dockerd, source, target] = await Promise.all([startDockerd(), startRegistry(), startRegistry()]);
    docker = new Docker({ socketPath: dockerd.socketPath, host: undefined });
    await pushImage(source, 'app', 'v1', { layers: ['one'] });
  });

  afterAll(() => Promise.all([dockerd, source, target].map((resource) => resource?.stop())));

  const openDocker = (host: string) =>
    openRelay('docker', { docker: { host, keepImages: false } }, { logger: silentLogger });

  async function pull(name: string): Promise<void> {
    const stream = await docker.pull(name);
    await new Promise((resolve, reject) =>
      docker.modem.followProgress(stream, (error, events) => (error ? reject(error) : resolve(events))),
    );
  }

  it('takes no image for its own that somebody pulls after a copy was aborted at its beginning', async () => {
    await using watched = await watchedSocket(dockerd.socketPath);
    await using relay = new RelayUnderTest(await openDocker(watched.host));
    const abort = new AbortController();
    dockerd.pause();
    try {
      const copying = relay.copy([source, 'app:v1'], [target, 'hung:v1'], { signal: abort.signal });
      const failure = expect(copying).rejects.toThrow('enough');
      await eventually(() => watched.sent().includes('/images/json'));
      abort.abort(new Error('enough'));
      await failure;
    } finally {
      dockerd.resume();
    }
    await pull(`${source.host}/app@${await digestOf(source, 'app', 'v1')}`);
    const before = await docker.listImages();
    await relay.copy([source, 'app:v1'], [target, 'hung:v2']);
    expect(await docker.listImages()).toEqual(before);
  });
});

interface WatchedSocket extends AsyncDisposable {
  /** As `DOCKER_HOST` wants it. */
  readonly host: string;
  /** What clients sent so far. */
  sent(): string;
}

/** A daemon's socket as a port that notes what it is asked. */
async function watchedSocket(path: string): Promise<WatchedSocket> {
  let sent = '';
  const streams = new AbortController();
  const { signal } = streams;
  const server = createServer((client) => {
    const daemon = connect(path);
    client.on('data', (chunk) => {
      sent += chunk.toString('latin1');
    });
    Promise.all([pipeline(client, daemon, { signal }), pipeline(daemon, client, { signal })]).catch(
      () => undefined,
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    host: `tcp://127.0.0.1:${port}`,
    sent: () => sent,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      streams.abort();
      await closed;
    },
  };
}
