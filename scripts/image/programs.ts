import { execFile } from 'node:child_process';

const MAX_OUTPUT_BYTES = 2 ** 29;

/**
 * Runs a program to its end.
 *
 * @returns what it printed.
 * @throws {Error} with what it complained of, or where it is missing.
 */
export function runProgram(
  program: string,
  args: readonly string[],
  { cwd, input = '' }: { readonly cwd?: string; readonly input?: string | Uint8Array } = {},
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { cwd, encoding: 'buffer', maxBuffer: MAX_OUTPUT_BYTES } as const;
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      // Of a program that has ended it says no more than the rest.
      const why = typeof error.code === 'number' ? `ended with ${error.code}` : error.message;
      reject(new Error(`${program} ${args.join(' ')}: ${why}\n${stderr}`.trim()));
    });
    // Who does not read to the end has said why.
    child.stdin?.on('error', () => undefined).end(input);
  });
}
