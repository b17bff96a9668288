import { runCommand } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';

const TERMINAL = JSON.stringify(new URL('./terminal.ts', import.meta.url).href);
/** Prints on both streams, again after it has heard of a failure, and ends with `exitCode`. */
const program = (exitCode: number): string => `
  import { setImmediate } from 'node:timers/promises';
  import { processTerminal } from ${TERMINAL};
  const terminal = processTerminal(process);
  for (let round = 0; round < 3; round += 1) {
    terminal.out('a result');
    terminal.err('a word');
    await setImmediate();
  }
  process.exitCode = ${exitCode};`;

const run = (redirection: string, exitCode = 0) =>
  runCommand([
    'bash',
    '-c',
    `"$0" --input-type=module -e "$1" ${redirection}`,
    process.execPath,
    program(exitCode),
  ]);

describe('cli/terminal', () => {
  it('fails, and says why once, where results cannot be written', async () => {
    const { code, stderr } = await run('>/dev/full');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^(?:a word\n)?regfleet: cannot write to standard output: ENOSPC[^\n]*\n(?:a word\n){2,3}$/,
    );
    expect((await run('>/dev/full', 75)).code).toBe(75);
  });

  it('goes on to its end where nobody can be told how', async () => {
    const { code, stdout } = await run('2>/dev/full');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'a result\n'.repeat(3) });
  });
});
