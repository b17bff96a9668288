import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  countingProxy,
  type MadeImage,
  makeImage,
  pushImage,
  pushIndex,
  startRegistry,
  temporaryFolder,
} from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { called } from '../terminal.fixture.ts';

/** A source that counts pulls, a target, and a config of two repositories. */
async function openDesk() {
  await using stack = new AsyncDisposableStack();
  const [hub, target] = [stack.use(await startRegistry()), stack.use(await startRegistry())];
  const source = stack.use(await countingProxy(hub));
  const headers = { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '99;w=21600' };
  source.inject({ kind: 'manifest', headers });
  const seen = stack.use(await countingProxy(target));
  const folder = stack.use(await temporaryFolder());
  const file = join(folder.path, 'config.yaml');
  const location = ({ host }: { host: string }): object => ({ registry: host, 'skip-tls-verify': true });
  const mappings = ['lib', 'app'].map((from) => ({ from, platform: 'all' }));
  const task = { name: 'app', source: location(source), target: location(seen), mappings };
  await writeFile(file, JSON.stringify({ relay: 'direct', tasks: [task] }));
  const held = stack.move();
  return {
    hub,
    source,
    target,
    seen,
    async json(...argv: string[]): Promise<{ size: object; bytesCopied: number }> {
      const { out } = await called([...argv, '--json', '-c', file]);
      return JSON.parse(out)[0];
    },
    text: async (...argv: string[]) => (await called([...argv, '-c', file])).out,
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

const layer = ({ layers }: MadeImage, index: number): number => layers[index]?.sizeBytes ?? Number.NaN;

describe('cli/actions/plan --size', () => {
  it('tells what copies move, mount and find, and how many pulls they take, as they then do', async () => {
    await using desk = await openDesk();
    const { hub, target } = desk;
    for (const registry of [hub, target]) await pushImage(registry, 'app', 'same', { layers: ['same'] });
    await pushImage(target, 'app', 'changed', { layers: ['one', 'old'] });
    const arm = { os: 'linux', architecture: 'arm64' };
    const changed = await pushImage(hub, 'app', 'changed', { layers: ['one', 'new'] });
    const shared = await pushImage(hub, 'app', 'shared', { layers: ['new', 'two'] });
    const child = makeImage({ layers: ['two', 'three'], platform: arm });
    await pushIndex(hub, 'app', 'z-index', { images: [changed, child] });
    const first = await pushImage(hub, 'lib', 'new', { layers: ['two', 'four'] });

    const plan = await desk.json('plan', '--size');
    const configs = [first, changed, shared, child].map(({ config }) => config.sizeBytes);
    const layers = [layer(first, 0), layer(first, 1), layer(changed, 1), layer(child, 1)];
    const bytesToMove = [...configs, ...layers].reduce((sum, size) => sum + size, 0);
    const bytes = { bytesToMove, bytesToMount: layer(shared, 1), bytesThere: layer(changed, 0) };
    // Of the index itself and of its child that no tag names.
    expect(plan.size).toEqual({ ...bytes, pulls: 5, isCut: false });
    const heads = desk.seen.requests.all.filter(({ method, kind }) => method === 'HEAD' && kind === 'blob');
    expect(new Set(heads.map(({ path }) => path)).size).toBe(heads.length);
    expect(await desk.text('plan', '--size')).toMatch(
      /app: .*\n {2}.* to move, .* there, 5 pulls of the source\n/,
    );

    desk.source.requests.clear();
    const run = await desk.json('sync', '--once', '--concurrency', '1');
    expect(run.bytesCopied).toBe(bytesToMove);
    expect(desk.source.requests.count({ method: 'GET', kind: 'manifest' })).toBe(5);
    const nothing = { bytesToMove: 0, bytesToMount: 0, bytesThere: 0, pulls: 0, isCut: false };
    expect((await desk.json('plan', '--size')).size).toEqual(nothing);
    desk.source.inject({ kind: 'tags', status: 404 });
    expect((await desk.json('plan', '--size')).size).toEqual({ ...nothing, isCut: true });
    expect(await desk.text('plan', '--size')).toContain(' there; not all of it\n');
  });
});
