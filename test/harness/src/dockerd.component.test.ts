import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { startDockerd, type TestDockerd } from './dockerd.ts';
import { pushImage } from './images/push.ts';
import { isRunning } from './processes/is-running.ts';
import { readBytes } from './registry/http-client.ts';
import { startRegistry } from './registry/test-registry.ts';

async function ask(daemon: TestDockerd, method: string, path: string): Promise<string> {
  const sent = request({ socketPath: daemon.socketPath, method, path });
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return Buffer.from(await readBytes(response)).toString();
}

const imagesOf = (daemon: TestDockerd): Promise<string> => ask(daemon, 'GET', '/images/json');

describe.skipIf(process.getuid?.() !== 0)('harness/dockerd', () => {
  it('pulls from a registry on loopback, and keeps its images over a kill', async () => {
    await using registry = await startRegistry();
    await pushImage(registry, 'team/app', '1', { layers: ['x', 'y'] });
    await using daemon = await startDockerd();
    const reference = `fromImage=${registry.host}/team/app&tag=1`;
    expect(await ask(daemon, 'POST', `/images/create?${reference}`)).toContain('Downloaded newer image');
    expect(await imagesOf(daemon)).toContain(`${registry.host}/team/app:1`);
    await daemon.kill();
    await daemon.restart();
    expect(await imagesOf(daemon)).toContain(`${registry.host}/team/app:1`);
  });

  it('runs beside others, with images of its own, and leaves nothing behind', async () => {
    const daemons = await Promise.all([startDockerd(), startDockerd()]);
    expect(await Promise.all(daemons.map(imagesOf))).toEqual(['[]\n', '[]\n']);
    await Promise.all(daemons.map((daemon) => daemon.stop()));
    for (const daemon of daemons) {
      expect(await isRunning(daemon.pid)).toBe(false);
      await expect(stat(daemon.socketPath)).rejects.toThrow('ENOENT');
    }
  });
});
