import { countingProxy, eventually, fillRegistry, type RunningProcess, runCommand } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { Site } from './site.ts';

const app = (source: string, target: string): Record<string, unknown> => ({
  name: 'app',
  interval: 3600,
  source: { registry: source, 'skip-tls-verify': true },
  target: { registry: target, 'skip-tls-verify': true },
  mappings: [{ from: 'app' }],
});

/** The socket of the Redis that `up` has told of. */
async function ownRedis(up: RunningProcess): Promise<string> {
  const line = await up.waitForLine(/local Redis is ready/);
  return (JSON.parse(line) as { socket: string }).socket;
}

const isGone = async (socket: string): Promise<boolean> =>
  /could not connect/i.test((await runCommand(['redis-cli', '-s', socket, 'PING'])).stderr);

describe('system/up', () => {
  it('leaves no Redis behind when it is interrupted twice with a copy under way', async () => {
    await using site = await Site.start();
    await fillRegistry(site.source, [{ repository: 'app', tags: ['v1'] }]);
    const source = site.keep(await countingProxy(site.source));
    const held = source.inject({ kind: 'blob', method: 'GET', held: true });
    const tasks = [app(source.host, site.target.host)];
    const regfleet = await site.command({ redis: undefined, relay: 'direct', tasks });
    const { process } = await site.serve(regfleet, 'up', ['--state', site.folder.path]);
    const socket = await ownRedis(process);
    await eventually(() => held.hits > 0, { what: 'a copy to be in flight' });
    let isOver = false;
    const exit = process.exited.then((end) => {
      isOver = true;
      return end;
    });
    await eventually(() => {
      process.kill('SIGINT');
      return isOver;
    });
    expect(await exit).toEqual({ code: 130, signal: null });
    await eventually(() => isGone(socket), { deadlineMs: 20_000 });
  });
});
