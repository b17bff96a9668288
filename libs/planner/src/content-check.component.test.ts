import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { countingProxy, pushImage, startRegistry } from '@regfleet/harness';
import { silentLogger } from '@regfleet/model';
import { createRegistries } from '@regfleet/registry';
import { describe, expect, it } from 'vitest';
import { ContentCheck } from './content-check.ts';
import { taskOf } from './plan.fixture.ts';

/** Files of blobs in the storage of a registry, by the hex of their digest. */
async function storedBlobs(dir: string): Promise<Map<string, string>> {
  const files = await readdir(dir, { recursive: true });
  return new Map(
    files.flatMap((file) => {
      const hex = /blobs\/sha256\/[0-9a-f]{2}\/([0-9a-f]{64})\/data$/.exec(file)?.[1];
      return hex === undefined ? [] : [[hex, join(dir, file)] as const];
    }),
  );
}

describe('planner/content-check', () => {
  it('finds what storage has lost by one HEAD a blob, and what it has spoilt by reading it', async () => {
    await using registry = await startRegistry();
    const layers = Array.from({ length: 40 }, (_, index) => `layer ${index}`);
    await pushImage(registry, 'app', '1', { layers });
    await pushImage(registry, 'app', '2', { layers: [...layers.slice(0, 20), 'another'] });
    const stored = await storedBlobs(registry.dir);
    const isManifest = async ([, file]: readonly [string, string]): Promise<boolean> =>
      (await readFile(file, 'latin1')).includes('"schemaVersion"');
    const blobs: string[] = [];
    for (const entry of stored) if (!(await isManifest(entry))) blobs.push(entry[0]);
    const [lost = '', lostToo = '', spoilt = ''] = blobs;
    await rm(stored.get(lost) ?? '');
    await rm(stored.get(lostToo) ?? '');
    const bytes = await readFile(stored.get(spoilt) ?? '');
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    await writeFile(stored.get(spoilt) ?? '', bytes);

    await using proxy = await countingProxy(registry);
    await using stack = new AsyncDisposableStack();
    const registries = createRegistries({ logger: silentLogger, env: {} });
    stack.defer(() => registries.close());
    const { target } = taskOf('[{from: app}]', { source: proxy.host, target: proxy.host });
    const found = async (isDeep: boolean): Promise<string[]> => {
      const check = new ContentCheck(registries.connect(target), {
        isDeep,
        signal: AbortSignal.timeout(60_000),
      });
      const problems = [...(await check.problemsOf('app', '1')), ...(await check.problemsOf('app', '2'))];
      return problems.map(({ kind, name, state }) => `${kind} ${name} ${state}`).sort();
    };
    const missing = [lost, lostToo].map((hex) => `blob sha256:${hex} missing`);
    expect(await found(false)).toEqual(missing.toSorted());
    const heads = proxy.requests.all.filter(({ method, kind }) => method === 'HEAD' && kind === 'blob');
    expect(heads.length).toBe(new Set(heads.map(({ path }) => path)).size);
    expect(heads.length).toBe(blobs.length);
    expect(await found(true)).toEqual([...missing, `blob sha256:${spoilt} corrupt`].toSorted());
  });

  it('tells of an image that is not there', async () => {
    await using registry = await startRegistry();
    await using stack = new AsyncDisposableStack();
    const registries = createRegistries({ logger: silentLogger, env: {} });
    stack.defer(() => registries.close());
    const { target } = taskOf('[{from: app}]', { source: registry.host, target: registry.host });
    const check = new ContentCheck(registries.connect(target), { signal: AbortSignal.timeout(60_000) });
    expect(await check.problemsOf('app', '1')).toMatchObject([
      { kind: 'manifest', name: '1', state: 'missing' },
    ]);
  });
});
