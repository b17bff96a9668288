import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand, runToSuccess, temporaryFolder } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { called } from './terminal.fixture.ts';

async function scriptFor(shell: string): Promise<string> {
  const { code, all } = await called(['completion', shell]);
  expect(code).toBe(0);
  return all;
}

const has = async (shell: string): Promise<boolean> =>
  runCommand([shell, '-c', 'exit 0']).then(
    ({ code }) => code === 0,
    () => false,
  );

const hasZsh = await has('zsh');

describe('cli/completion', () => {
  it.each([
    [['regfleet', 'pl'], ['plan']],
    [['regfleet', 'plan', '--exit'], ['--exit-code']],
    // What follows a flag with a value is no command.
    [['regfleet', '-c', 'plan', 'enq'], ['enqueue']],
    [['regfleet', '-c', 'x.yaml', 'runs', 's'], ['show']],
    [['regfleet', 'plan', '-c', ''], []],
  ])('completes in bash: %j', async (words, candidates) => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'completion');
    await writeFile(file, await scriptFor('bash'));
    const asking = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _regfleet; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const stdout = await runToSuccess(['bash', '-c', asking, 'bash', file, ...words]);
    expect(stdout.split('\n').filter((line) => line !== '')).toEqual(candidates);
  });

  it('is a script that zsh reads', async (context) => {
    if (!hasZsh) return context.skip('zsh is not installed');
    await using folder = await temporaryFolder();
    const file = join(folder.path, '_regfleet');
    await writeFile(file, await scriptFor('zsh'));
    await runToSuccess(['zsh', '-n', file]);
  });
});
