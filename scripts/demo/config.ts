import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';

/** Ports as `examples/quickstart.yaml` names them. */
export interface Ports {
  readonly source: number;
  readonly target: number;
  readonly redis: number;
}

const WANTED: Ports = { source: 5701, target: 5702, redis: 5703 };

/**
 * The example's own ports, or free ones where another program has one of them.
 *
 * @param copy - where the example is written with other ports; not touched otherwise.
 * @returns the config file to use.
 */
export async function prepareConfig(example: string, copy: string): Promise<{ file: string; ports: Ports }> {
  const areFree = await Promise.all(Object.values(WANTED).map(isFree));
  if (areFree.every(Boolean)) return { file: example, ports: WANTED };
  const ports = { source: await freePort(), target: await freePort(), redis: await freePort() };
  let text = await readFile(example, 'utf8');
  for (const name of ['source', 'target', 'redis'] as const)
    text = text.replaceAll(String(WANTED[name]), String(ports[name]));
  await writeFile(copy, text);
  return { file: copy, ports };
}

const isFree = (port: number): Promise<boolean> =>
  listen(port).then(
    () => true,
    () => false,
  );

const freePort = (): Promise<number> => listen(0);

function listen(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address !== null
          ? resolve(address.port)
          : reject(new Error('no port')),
      );
    });
  });
}
