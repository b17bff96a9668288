import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startHttpServer, startRegistry, type TemporaryFolder, temporaryFolder } from '@regfleet/harness';
import { silentLogger } from '@regfleet/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectDaemon, type DaemonSearch } from './connect.ts';

const VERSIONS = JSON.stringify({ ApiVersion: '1.41', MinAPIVersion: '1.12' });

const never = new AbortController().signal;
const once = { waitMs: 0, intervalMs: 1 };
const impatient = { helloMs: 100, callMs: 100, silenceMs: 100 };

const connect = (options: Partial<DaemonSearch>, signal = never) =>
  connectDaemon({ keepImages: false, env: {}, startup: once, ...options }, { logger: silentLogger, signal });

describe('relay/docker/connect', () => {
  let folder: TemporaryFolder;

  beforeAll(async () => {
    folder = await temporaryFolder();
  });

  afterAll(() => folder?.stop());

  it('says what to do where no daemon answers', async () => {
    const host = `unix://${join(folder.path, 'nobody')}`;
    await expect(connect({ host })).rejects.toMatchObject({
      code: 'RELAY_UNAVAILABLE',
      message: expect.stringContaining(host),
      hint: expect.stringContaining('DOCKER_HOST'),
    });
  });

  it('takes the address from the environment where none is given', async () => {
    const env = { DOCKER_HOST: `unix://${join(folder.path, 'of-the-environment')}` };
    await expect(connect({ env })).rejects.toThrow('of-the-environment');
    const host = `unix://${join(folder.path, 'of-the-config')}`;
    await expect(connect({ host, env })).rejects.toThrow('of-the-config');
  });

  it('asks a daemon for its versions, and speaks the one of the environment where there is one', async () => {
    const paths: (string | undefined)[] = [];
    await using server = await startHttpServer(({ url }, response) => {
      paths.push(url);
      response.end(VERSIONS);
    });
    const DOCKER_HOST = `tcp://${server.host}`;
    await connect({ env: { DOCKER_HOST } });
    await connect({ env: { DOCKER_HOST, DOCKER_API_VERSION: '1.30' } });
    await connect({ env: { DOCKER_HOST, DOCKER_API_VERSION: 'v1.30' } });
    await connect({ host: DOCKER_HOST, env: { DOCKER_API_VERSION: '1.30' } });
    expect(paths).toEqual(['/version', '/v1.30/version', '/v1.30/version', '/version']);
  });

  it.each([
    [404, 'page not found'],
    [400, 'client version 1.99 is too new. Maximum supported API version is 1.41'],
  ])('says with status %d that a daemon does not speak the version that was set', async (status, message) => {
    await using server = await startHttpServer((_, response) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ message }));
    });
    await expect(connect({ host: `tcp://${server.host}`, apiVersion: '1.99' })).rejects.toMatchObject({
      code: 'RELAY_UNAVAILABLE',
      message: expect.stringMatching(/has no version 1\.99: .*(?:page not found|too new)/),
      hint: expect.stringContaining('docker.api-version'),
    });
  });

  it('gives up a daemon that accepts and says nothing', async () => {
    await using server = await startHttpServer(() => undefined);
    await expect(connect({ host: `tcp://${server.host}`, limits: impatient })).rejects.toMatchObject({
      code: 'RELAY_UNAVAILABLE',
      message: expect.stringContaining(`tcp://${server.host} said nothing for 0.1 s`),
    });
  });

  it('waits for a daemon that accepts before it can answer, and says so', async () => {
    let requests = 0;
    await using server = await startHttpServer((_, response) => {
      requests += 1;
      if (requests > 3) response.end(VERSIONS);
    });
    const warnings: string[] = [];
    const logger = { ...silentLogger, warn: (_: object, message: string) => warnings.push(message) };
    const startup = { waitMs: 60_000, intervalMs: 1 };
    const options = { keepImages: false, env: {}, host: `tcp://${server.host}`, startup, limits: impatient };
    await connectDaemon(options, { logger, signal: never });
    expect(warnings).toEqual(Array(2).fill('waiting for the docker daemon'));
  });

  it('shows the certificates of DOCKER_CERT_PATH', async () => {
    // Any server with client certificates will do: it knows no /version, but says so only to whom it trusts.
    await using server = await startRegistry({ clientCertificate: true });
    const { ca = '', cert = '', key = '' } = server.tls ?? {};
    const certPath = join(folder.path, 'certs');
    await mkdir(certPath);
    const files = { 'ca.pem': ca, 'cert.pem': cert, 'key.pem': key };
    for (const [name, content] of Object.entries(files)) await writeFile(join(certPath, name), content);
    const DOCKER_HOST = `tcp://${server.host}`;
    const trusted = connect({ env: { DOCKER_HOST, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: certPath } });
    await expect(trusted).rejects.toThrow(/404|not found/i);
    await expect(connect({ host: `https://${server.host}` })).rejects.toThrow(/certificate/);
  });

  it('says which certificate file is missing', async () => {
    const env = {
      DOCKER_HOST: 'tcp://127.0.0.1:1',
      DOCKER_TLS_VERIFY: '1',
      DOCKER_CERT_PATH: '/nonexistent',
    };
    await expect(connect({ env })).rejects.toMatchObject({
      code: 'RELAY_UNAVAILABLE',
      message: expect.stringContaining('/nonexistent/'),
    });
  });

  it('stops waiting when it is aborted', async () => {
    const abort = new AbortController();
    const startup = { waitMs: 2_000_000, intervalMs: 1_000_000 };
    const waiting = connect({ host: `unix://${join(folder.path, 'nobody')}`, startup }, abort.signal);
    abort.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });
});
