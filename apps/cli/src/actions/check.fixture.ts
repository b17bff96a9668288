import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { countingProxy, startRegistry, type TestRegistry, temporaryFolder } from '@regfleet/harness';
import { called } from '../terminal.fixture.ts';

export interface Checked {
  readonly images: number;
  readonly blobs: number;
  readonly isCut: boolean;
  readonly problems: readonly { kind: string; name: string; state: string; isRepaired: boolean }[];
}

/** A source, a target behind a proxy that counts, and a command that checks them. */
export async function openDesk(mapping: object = {}) {
  await using stack = new AsyncDisposableStack();
  const [source, target] = [stack.use(await startRegistry()), stack.use(await startRegistry())];
  const seen = stack.use(await countingProxy(target));
  const folder = stack.use(await temporaryFolder());
  const file = join(folder.path, 'config.yaml');
  const location = ({ host }: { readonly host: string }): object => ({
    registry: host,
    'skip-tls-verify': true,
  });
  const task = {
    name: 'app',
    source: location(source),
    target: location(seen),
    mappings: [{ from: 'app', ...mapping }],
  };
  await writeFile(file, JSON.stringify({ relay: 'direct', tasks: [task] }));
  const held = stack.move();
  return {
    source,
    target,
    /** As the command names the target. */
    host: seen.host,
    /** What the target is asked by the command. */
    requests: seen.requests,
    run: (...argv: string[]) => called([...argv, '-c', file]),
    async check(...flags: string[]): Promise<{ code: number; text: string; checked: Checked }> {
      const { code, out: text } = await called(['check', '--json', ...flags, '-c', file]);
      const [checked] = JSON.parse(text) as [Checked];
      return { code, text, checked };
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

/** Files of layers in the storage of a registry, with their digests. */
export async function storedLayers({ dir }: TestRegistry): Promise<{ digest: string; file: string }[]> {
  const layers: { digest: string; file: string }[] = [];
  for (const name of await readdir(dir, { recursive: true })) {
    const hex = /blobs\/sha256\/[0-9a-f]{2}\/([0-9a-f]{64})\/data$/.exec(name)?.[1];
    if (hex === undefined) continue;
    const bytes = await readFile(join(dir, name));
    if (bytes[0] !== '{'.charCodeAt(0)) layers.push({ digest: `sha256:${hex}`, file: join(dir, name) });
  }
  return layers;
}

/** As a disk does that has lost a bit. */
export async function spoil(file: string): Promise<void> {
  const bytes = await readFile(file);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  await writeFile(file, bytes);
}
