import { type HttpServer, startHttpServer, startRegistry, type TestRegistry } from '@regfleet/harness';
import { silentLogger } from '@regfleet/model';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openRelay } from '../index.ts';
import { RelayUnderTest } from '../relay.fixture.ts';

const LINE = `${JSON.stringify({ status: 'Pulling from app' })}\n`;

describe('relay/docker/silence', () => {
  let registry: TestRegistry;
  let daemon: HttpServer;
  let relay: RelayUnderTest;
  /** What the daemon says of its images; absent: nothing, for ever. */
  let listing: string | undefined;
  let pulls: number;

  beforeAll(async () => {
    registry = await startRegistry();
  });

  afterAll(() => registry?.stop());

  beforeEach(async () => {
    listing = '[]';
    pulls = 0;
    daemon = await startHttpServer(({ method, url = '' }, response) => {
      if (url.endsWith('/version')) response.end(JSON.stringify({ ApiVersion: '1.41' }));
      else if (url.includes('/images/json')) listing !== undefined && response.end(listing);
      else if (method === 'GET') response.writeHead(404).end('{}');
      else if (url.includes('/images/create')) {
        pulls += 1;
        response.write(LINE);
      }
    });
    const limits = { helloMs: 10_000, callMs: 200, silenceMs: 200 };
    const docker = { host: `tcp://${daemon.host}`, keepImages: false, limits };
    relay = new RelayUnderTest(await openRelay('docker', { docker }, { logger: silentLogger }));
  });

  afterEach(async () => {
    await relay?.[Symbol.asyncDispose]();
    await daemon?.stop();
  });

  const failure = () => relay.fail([registry, 'app:v1'], [registry, 'app:v2']);

  it('gives up a daemon that does not answer, names it and lets the copy be repeated', async () => {
    listing = undefined;
    expect(await failure()).toMatchObject({
      code: 'TIMED_OUT',
      kind: 'retryable',
      message: expect.stringContaining(daemon.host),
      reference: `${registry.host}/app:v1`,
      side: undefined,
    });
  });

  it('waits for a silent daemon as long as the config says', async () => {
    const docker = { host: `tcp://${daemon.host}`, keepImages: false, silenceMs: 300 };
    const opened = await openRelay('docker', { docker }, { logger: silentLogger });
    await using patient = new RelayUnderTest(opened);
    const error = await patient.fail([registry, 'app:v1'], [registry, 'app:v2']);
    expect(error).toMatchObject({ code: 'TIMED_OUT', message: expect.stringContaining('for 0.3 s') });
  });

  it('gives up a daemon that falls silent in the middle of a pull', async () => {
    const error = await failure();
    expect(pulls).toBe(1);
    expect(error).toMatchObject({
      code: 'TIMED_OUT',
      kind: 'retryable',
      message: expect.stringContaining(daemon.host),
      side: undefined,
    });
  });
});
