import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientTls } from './endpoint.ts';

/**
 * Writes what a client needs as docker and skopeo look for it: `<dir>/<host>/{ca.crt,client.cert,client.key}`.
 *
 * @param hosts - each gets a folder of its own.
 */
export async function writeCertsDir(dir: string, hosts: readonly string[], tls?: ClientTls): Promise<void> {
  await mkdir(dir, { recursive: true });
  if (tls === undefined) return;
  const files = { 'ca.crt': tls.ca, 'client.cert': tls.cert, 'client.key': tls.key };
  for (const host of hosts) {
    await mkdir(join(dir, host), { recursive: true });
    for (const [name, text] of Object.entries(files)) {
      if (text !== undefined) await writeFile(join(dir, host, name), text, { mode: 0o600 });
    }
  }
}
