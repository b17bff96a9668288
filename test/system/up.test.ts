import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  countingProxy,
  eventually,
  fillRegistry,
  Regfleet,
  type RunningProcess,
  runCommand,
} from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
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
    const env = { XDG_STATE_HOME: site.folder.path };
    const regfleet = await site.command({ redis: undefined, relay: 'direct', tasks }, env);
    const { process } = await site.serve(regfleet, 'up');
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

  it('is found by other commands with its config file, and met by no other config', async () => {
    await using site = await Site.start();
    await fillRegistry(site.source, [{ repository: 'app', tags: ['v1'] }]);
    const env = { XDG_STATE_HOME: join(site.folder.path, 'home') };
    const config = { redis: undefined, relay: 'direct' };
    const regfleet = await site.command({ ...config, tasks: [app(site.source.host, site.target.host)] }, env);
    const absent = await regfleet.run(['status']);
    expect(absent).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/USAGE_INVALID.*start `regfleet up`/s),
    });
    const { process } = await site.serve(regfleet, 'up', ['--state', join(site.folder.path, 'state')]);
    const url = `unix://${await ownRedis(process)}`;
    await process.waitForLine(/status, enqueue, copy and plan .*find this Redis/);
    expect(process.stdout()).toContain(`"url":"${url}"`);

    const file = join(site.folder.path, 'other.yaml');
    await writeFile(file, stringify({ ...config, tasks: [] }));
    const other = new Regfleet({ config: file, env });
    expect((await other.run(['enqueue', 'app'])).code).toBe(2);
    expect((await other.run(['status'])).stderr).toContain('no `regfleet up`');
    const { process: second } = await site.serve(other, 'up', ['--state', join(site.folder.path, 'state')]);
    expect(await ownRedis(second)).not.toBe(url.slice('unix://'.length));
    expect(await other.json(['status'])).toMatchObject({ tasks: [] });

    await regfleet.runTask('app');
    const copied = [`${site.source.host}/app:v1`, `${site.target.host}/else:v1`];
    await regfleet.json(['copy', ...copied, '--wait']);
    expect(await regfleet.json(['status'])).toMatchObject({
      tasks: [{ task: 'app', lastRun: { outcome: 'succeeded' } }],
    });
    expect((await regfleet.run(['plan'])).code).toBe(0);
  });
});
