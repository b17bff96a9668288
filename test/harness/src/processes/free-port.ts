import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

// Below the range from which Linux takes ports for outgoing connections (ip_local_port_range, 32768 up),
// so that a server which is down for a moment finds its port free when it comes back.
const LOWEST = 10_000;
const HIGHEST = 32_767;

/** A port of 127.0.0.1 on which nobody listens. Another process may take it first: callers try again then. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = randomInt(LOWEST, HIGHEST + 1);
    if (await isFree(port)) return port;
  }
  throw new Error('no free port found on 127.0.0.1');
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
