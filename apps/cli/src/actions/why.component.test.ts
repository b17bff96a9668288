import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fillRegistry, startRedis, startRegistry, temporaryFolder } from '@regfleet/harness';
import { parseReference, silentLogger } from '@regfleet/model';
import { connectFleet } from '@regfleet/queue';
import { describe, expect, it } from 'vitest';
import { called } from '../terminal.fixture.ts';

async function openDesk() {
  await using stack = new AsyncDisposableStack();
  const [source, target] = [stack.use(await startRegistry()), stack.use(await startRegistry())];
  const redis = stack.use(await startRedis());
  const folder = stack.use(await temporaryFolder());
  const file = join(folder.path, 'config.yaml');
  const config = {
    relay: 'direct',
    redis: { url: redis.url },
    tasks: [
      {
        name: 'app',
        source: { registry: source.host, 'skip-tls-verify': true },
        target: { registry: target.host, 'skip-tls-verify': true },
        mappings: [{ from: 'regex:app', to: 'mirror', tags: ['semver: >=1.0.0'] }],
      },
    ],
  };
  await writeFile(file, JSON.stringify(config));
  await fillRegistry(source, [{ repository: 'app', tags: ['1.0.0', 'edge'] }]);
  const fleet = await connectFleet({
    url: redis.url,
    prefix: 'regfleet',
    logger: silentLogger,
    deadlineMs: 5_000,
  });
  stack.defer(() => fleet.close());
  const held = stack.move();
  return {
    source,
    target,
    fleet,
    async why(...argv: string[]): Promise<{ code: number; out: string }> {
      const { code, all } = await called(['why', ...argv, '-c', file]);
      return { code, out: all };
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

describe('cli/actions/why', () => {
  it('tells of an image by either side what chooses it, how it stands, and what its copy waits for', async () => {
    await using desk = await openDesk();
    const { source, target, fleet } = desk;
    const image = `${source.host}/app:1.0.0`;
    const first = await desk.why(image);
    expect(first.code).toBe(0);
    expect(first.out).toMatch(/app, tasks\[0\]\.mappings\[0\]: chosen, .*>=1\.0\.0/);
    expect(first.out).toMatch(/state: missing, the source has sha256:/);
    expect(first.out).toContain('last copy: none that the fleet remembers');
    const request = {
      task: 'app',
      source: parseReference(image),
      target: parseReference(`${target.host}/mirror/app:1.0.0`),
      relay: 'direct',
    } as const;
    await fleet.copyOnce({ request, attempts: 1, backoffMs: 1, maxBackoffMs: 1 });
    await fleet.holds.place({
      scope: { kind: 'task', task: 'app' },
      cause: 'operator',
      reason: 'they upgrade',
    });
    const subject = { cause: 'outage', registry: target.host, account: '' } as const;
    await fleet.outages.change(subject, (_, nowMs) => ({
      note: { downSinceMs: nowMs, failedAtMs: nowMs, failing: ['one'], code: 'TIMED_OUT' },
      result: undefined,
    }));
    const { code, out } = await desk.why(`${target.host}/mirror/app:1.0.0`, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      reference: `${target.host}/mirror/app:1.0.0`,
      tasks: [
        {
          task: 'app',
          images: [
            {
              source: image,
              state: 'missing',
              jobs: [{ state: 'waiting' }],
              holds: [{ reason: 'they upgrade' }],
              outages: [{ registry: target.host, processes: 1 }],
            },
          ],
        },
      ],
    });
    const shown = await desk.why(image);
    expect(shown.out).toMatch(
      /copy: waits for a worker for .*\n.*waits: task app is paused .*: they upgrade\n.*waits: registry .* does not answer since .*one process: TIMED_OUT/,
    );
  });

  it('tells what an anchor is for, and asks nobody', async () => {
    await using desk = await openDesk();
    const name = `unknown.example.com/app:regfleet.keep.1.0.0.20261128093042007.${'0'.repeat(32)}`;
    const told = await desk.why(name);
    expect(told.code).toBe(0);
    expect(told.out).toContain('it keeps what 1.0.0 named until 2026-11-28T09:30:42.007Z');
  });

  it('tells which filter leaves an image out, and of one that nobody has', async () => {
    await using desk = await openDesk();
    const dropped = await desk.why(`${desk.source.host}/app:edge`);
    expect(dropped).toEqual({
      code: 1,
      out: expect.stringMatching(/app, tasks\[0\]\.mappings\[0\]: left out, /),
    });
    const gone = await desk.why(`${desk.source.host}/app:9.9.9`);
    expect(gone).toEqual({ code: 1, out: expect.stringContaining('has the repository, but no such tag') });
    const other = await desk.why('elsewhere.test/app:1');
    expect(other).toEqual({ code: 1, out: expect.stringMatching(/^elsewhere\.test\/app:1: no mapping of /) });
  });
});
