import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { startRegistry, type TemporaryFolder, temporaryFolder } from '@regfleet/harness';
import { silentLogger } from '@regfleet/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectDaemon, type DockerOptions } from './connect.ts';

const never = new AbortController().signal;
const once = { tries: 1, intervalMs: 1 };

const connect = (options: Partial<DockerOptions>, signal = never) =>
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
    const server = createServer(({ url }, response) => {
      paths.push(url);
      response.end(JSON.stringify({ ApiVersion: '1.41', MinAPIVersion: '1.12' }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const DOCKER_HOST = `tcp://127.0.0.1:${port}`;
    try {
      await connect({ env: { DOCKER_HOST } });
      await connect({ env: { DOCKER_HOST, DOCKER_API_VERSION: '1.30' } });
      await connect({ host: DOCKER_HOST, env: { DOCKER_API_VERSION: '1.30' } });
    } finally {
      server.close();
    }
    expect(paths).toEqual(['/version', '/v1.30/version', '/version']);
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
    const startup = { tries: 2, intervalMs: 1_000_000 };
    const waiting = connect({ host: `unix://${join(folder.path, 'nobody')}`, startup }, abort.signal);
    abort.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });
});
