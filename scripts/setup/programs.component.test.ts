import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TemporaryFolder, temporaryFolder } from '@regfleet/harness';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { installPrograms } from './programs.mjs';

let folder: TemporaryFolder;

beforeEach(async () => {
  folder = await temporaryFolder();
});

afterEach(() => folder.stop());

async function provide(...programs: string[]): Promise<void> {
  for (const program of programs) {
    await writeFile(join(folder.path, program), '');
    await chmod(join(folder.path, program), 0o755);
  }
}

/** Runs the installer where only the provided programs exist. */
function install(programs: string[], user: { isRoot: boolean; failing?: string[] }) {
  const said: string[] = [];
  const ran: string[] = [];
  const isReady = installPrograms(programs, {
    isRoot: user.isRoot,
    path: [folder.path],
    say: (line) => void said.push(line),
    run: (command, args) => {
      ran.push([command, ...args].join(' '));
      return user.failing?.includes(command) ? `${command} failed` : undefined;
    },
  });
  return { isReady, ran, said: said.join('\n') };
}

describe('scripts/setup/programs', () => {
  it('says and does nothing when all is there', async () => {
    await provide('skopeo', 'redis-server');
    expect(install(['skopeo', 'redis-server'], { isRoot: false })).toEqual({
      isReady: true,
      ran: [],
      said: '',
    });
  });

  it('installs the Debian packages of what is missing, as root', async () => {
    await provide('apt-get', 'skopeo');
    const { isReady, ran } = install(['skopeo', 'dockerd', 'prometheus', 'promtool'], { isRoot: true });
    expect(isReady).toBe(true);
    expect(ran).toEqual([expect.stringMatching(/^sh \/.*\/install-debian\.sh docker\.io prometheus$/)]);
  });

  it('uses sudo where that needs no password', async () => {
    await provide('apt-get', 'sudo');
    const { ran } = install(['skopeo'], { isRoot: false });
    expect(ran.at(-1)).toMatch(/^sudo -n sh \/.*\/install-debian\.sh skopeo$/);
  });

  it('names the command to run where it has no rights', async () => {
    await provide('apt-get', 'sudo');
    const { isReady, said } = install(['skopeo'], { isRoot: false, failing: ['sudo'] });
    expect(isReady).toBe(false);
    expect(said).toMatch(/missing: skopeo.*\n {2}sh \/.*\/install-debian\.sh skopeo$/);
  });

  it('names what is missing where there is no apt-get', () => {
    const { isReady, ran, said } = install(['skopeo', 'redis-server'], { isRoot: true });
    expect({ isReady, ran }).toEqual({ isReady: false, ran: [] });
    expect(said).toContain('missing: skopeo, redis-server');
  });

  it('shows what apt-get said when it failed', async () => {
    await provide('apt-get');
    const { isReady, said } = install(['skopeo'], { isRoot: true, failing: ['sh'] });
    expect(isReady).toBe(false);
    expect(said).toContain('sh failed');
  });
});
