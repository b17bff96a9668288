import { readFile, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import {
  eventually,
  makeImage,
  Regfleet,
  type RunningProcess,
  startHttpServer,
  startProcess,
  temporaryFolder,
  writeCertsDir,
} from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';

/** Leads connections on to a server; while it is stopped, few wait and what comes beyond them gets no answer at all. */
async function startForwarder(target: string): Promise<{ process: RunningProcess; port: number }> {
  const [host, port] = target.split(':');
  const script = `
    const net = require('node:net');
    const server = net.createServer((client) => {
      const upstream = net.connect(${port}, '${host}');
      client.on('error', () => upstream.destroy()).pipe(upstream);
      upstream.on('error', () => client.destroy()).pipe(client);
    });
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log('port', server.address().port));`;
  const forwarder = await startProcess([process.execPath, '-e', script]);
  const line = await forwarder.waitForLine(/^port /);
  return { process: forwarder, port: Number(line.split(' ')[1]) };
}

/** Stops it, and takes all the places of those who wait. */
async function stopAndFill({ process: { pid, kill }, port }: { process: RunningProcess; port: number }) {
  kill('SIGSTOP');
  await eventually(async () => (await readFile(`/proc/${pid}/stat`, 'utf8')).includes(') T '), {
    what: 'the forwarder stands still',
  });
  const sockets = Array.from({ length: 8 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
  const isFull = (): boolean => sockets.filter(({ readyState }) => readyState === 'open').length > 1;
  await eventually(isFull, { what: 'its queue is full' });
  return sockets;
}

const leave = (sockets: readonly Socket[]): void => {
  for (const socket of sockets) socket.destroy();
};

const answer: RequestListener = (request, response) => {
  if (request.url?.includes('/tags/list'))
    return void response.end(JSON.stringify({ name: 'app', tags: ['1'] }));
  const { digest, mediaType } = makeImage({ layers: ['one'] });
  response.writeHead(200, { 'docker-content-digest': digest, 'content-type': mediaType }).end();
};

// Both as a host without IPv6 route has them: the address that cannot be reached comes last.
const LOOKUP = `
  import dns from 'node:dns';
  import { syncBuiltinESMExports } from 'node:module';
  const { lookup } = dns;
  dns.lookup = (name, options, callback) => {
    if (name !== 'localhost' || !options.all) return lookup(name, options, callback);
    callback(null, [{ address: '127.0.0.1', family: 4 }, { address: '::1', family: 6 }]);
    console.error('a connection is asked for');
  };
  syncBuiltinESMExports();`;

describe('system/far-registry', () => {
  it('is reached though its first address takes long and its last leads nowhere', async () => {
    await using folder = await temporaryFolder();
    await using registry = await startHttpServer(answer, { tls: true });
    const forwarder = await startForwarder(registry.host);
    await using _forwarder = forwarder.process;
    const host = `localhost:${forwarder.port}`;
    await writeCertsDir(folder.path, [host], registry.tls);
    const config = join(folder.path, 'config.yaml');
    const side = { registry: host, auth: 'none' };
    const tasks = [{ name: 'far', source: side, target: side, mappings: [{ from: 'app', to: 'copied' }] }];
    await writeFile(config, stringify({ skopeo: { 'certs-dir': folder.path }, tasks }));
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(LOOKUP)}` };
    const sockets = await stopAndFill(forwarder);
    await using check = await new Regfleet({ config, env }).spawn(['login-check', '--json']);
    await check.waitForLine(/a connection is asked for/);
    forwarder.process.kill('SIGCONT');
    leave(sockets);
    expect(await check.exited).toMatchObject({ code: 0 });
  });
});
