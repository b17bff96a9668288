import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { countingProxy, pushImage, Regfleet, startRegistry, temporaryFolder } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { layOutPackage } from '../../scripts/release/package-folder.ts';

const PAGE = join(import.meta.dirname, '../../docs/getting-started.md');

interface Shown {
  readonly words: readonly string[];
  /** What is shown below it. */
  readonly text: string;
}

/** The commands of a page with what they print, in their order, and its config. */
function shownOn(page: string): { config: string; commands: Shown[] } {
  const config = /^```yaml\n([\s\S]*?)^```/m.exec(page)?.[1] ?? '';
  const commands = [...page.matchAll(/^```console\n\$ regfleet (.*)\n([\s\S]*?)^```/gm)].map(
    ([, command = '', text = '']) => ({ words: command.split(' '), text: text.trimEnd() }),
  );
  return { config, commands };
}

/** What differs from call to call in one form: run ids, times, sizes, digests, and the blanks between columns. */
const alike = (text: string): string =>
  text
    .replace(/(?<=^|run |running )[\w-]{12}(?=\s)/gm, 'RUN')
    .replace(/\b\d+(?:\.\d+)?(?:ms|s|m\d\ds)\b/g, 'TIME')
    .replace(/\b\d+(?:\.\d+)? (?:B|KiB)\b/g, 'SIZE')
    .replace(/sha256:[0-9a-f]{64}/g, 'DIGEST')
    .replace(/\s+/g, ' ')
    .trim();

/** What a page shows; `…` stands for anything. */
const patternOf = (text: string): RegExp => {
  const parts = alike(text).split('…');
  return new RegExp(`^${parts.map((part) => RegExp.escape(part.trim())).join('.*')}$`);
};

/** A machine with the package alone, a vendor's registry and one's own, under the names of the page. */
async function openDesk() {
  await using stack = new AsyncDisposableStack();
  const [vendor, own] = [stack.use(await startRegistry()), stack.use(await startRegistry())];
  const source = stack.use(await countingProxy(vendor));
  const folder = stack.use(await temporaryFolder());
  await layOutPackage(join(folder.path, 'package'));
  const names = [
    ['vendor.example.com', source.host],
    ['mirror.example.com', own.host],
  ] as const;
  const real = (text: string): string =>
    names.reduce((told, [name, host]) => told.replaceAll(name, host), text);
  const file = join(folder.path, 'config.yaml');
  const regfleet = new Regfleet({
    config: file,
    command: join(folder.path, 'package/bin/regfleet.mjs'),
    env: { XDG_STATE_HOME: join(folder.path, 'state') },
  });
  /** With the names of the page. */
  const told = (text: string): string =>
    names.reduce(
      (shown, [name, host]) => shown.replaceAll(host, name),
      text.replaceAll(`${folder.path}/`, ''),
    );
  const held = stack.move();
  return {
    vendor,
    source,
    real,
    told,
    regfleet,
    file,
    stack: held,
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

describe('docs/getting-started.md', () => {
  it('shows what a newcomer sees in the first hour', async () => {
    const { config, commands } = shownOn(await readFile(PAGE, 'utf8'));
    await using desk = await openDesk();
    for (const tag of ['1.0.0', '1.1.0', '2.0.0-rc.1'])
      await pushImage(desk.vendor, 'team/app', tag, { layers: ['base', tag] });
    const insecure = config.replaceAll(/(registry: [^}]+)}/g, '$1, skip-tls-verify: true}');
    await writeFile(desk.file, desk.real(insecure));
    const shown = commands.values();
    const seen = async (command: string): Promise<void> => {
      const { words = [], text = '' } = shown.next().value ?? {};
      expect(words.join(' ')).toMatch(command);
      const { stdout } = await desk.regfleet.run(words.map(desk.real));
      expect(alike(desk.told(stdout))).toMatch(patternOf(text));
    };

    for (const command of ['validate', 'plan', 'sync']) await seen(command);
    const up = await desk.regfleet.start('up');
    desk.stack.defer(() => up.process.stop());
    await up.process.waitForLine(/run ended/);
    await seen('status');

    await pushImage(desk.vendor, 'team/app', '1.2.0', { layers: ['base', '1.2.0'] });
    const breakdown = desk.source.inject({ status: 503 });
    await seen('enqueue');
    // What one process alone has seen is taken to be so for all after 30 seconds.
    await up.process.waitForLine(/registry is held back/, 60_000);
    for (const command of ['status', 'why']) await seen(command);

    breakdown.remove();
    await up.process.waitForLine(/"copied":1,.*run ended/, 90_000);
    for (const command of ['runs', 'why']) await seen(command);
    expect(shown.next().done).toBe(true);
  }, 240_000);
});
