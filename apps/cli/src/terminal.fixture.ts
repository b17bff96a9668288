import { runProgram } from './program.ts';
import type { Terminal } from './terminal.ts';

/** A terminal that nobody sits at and that keeps what is written to it, in the order in which it comes. */
export function keptTerminal(own: Partial<Terminal> = {}) {
  const [out, err, all]: [string[], string[], string[]] = [[], [], []];
  const terminal: Terminal = {
    out(text) {
      out.push(text);
      all.push(text);
    },
    err(text) {
      err.push(text);
      all.push(text);
    },
    write: () => undefined,
    errorStream: { write: () => undefined },
    isInteractive: false,
    columns: 80,
    env: {},
    ...own,
  };
  return { terminal, out, err, all };
}

/** What a command comes to that runs in this process: its results, what it says beside them, and both. */
export async function called(
  argv: readonly string[],
): Promise<{ code: number; out: string; err: string; all: string }> {
  const { terminal, ...written } = keptTerminal();
  const code = await runProgram([...argv], terminal, '0.0.0');
  const text = (lines: readonly string[]): string => lines.join('\n');
  return { code, out: text(written.out), err: text(written.err), all: text(written.all) };
}
