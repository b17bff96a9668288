import type { ChildOptions } from './child.ts';
import { runToSuccess } from './run-command.ts';
import { type RunningProcess, startProcess } from './start-process.ts';

export interface ProcessInTerminal extends RunningProcess {
  /** Of the program; `pid` and `exited` are those of its terminal, which ends when the program has, and with its exit code. */
  readonly programPid: number;
  /** Gives the terminal another width, as somebody who drags its edge. */
  resize(columns: number): Promise<void>;
  /** Closes the terminal, as somebody who closes its window. */
  close(): Promise<void>;
}

const READY = /^terminal (\S+) (\d+)\r?$/;

/** Starts a program in a terminal of its own; what it prints on either stream is the `stdout` of the terminal. */
export async function startInTerminal(
  argv: readonly string[],
  options: ChildOptions & { readonly columns: number },
): Promise<ProcessInTerminal> {
  const begin = `stty cols ${options.columns} rows 24; echo terminal $(tty) $$; exec`;
  const command = [begin, ...argv.map(quoted)].join(' ');
  // By the width of the terminal, not by that of whoever runs the tests.
  const env = { TERM: 'xterm', COLUMNS: undefined, ...options.env };
  const terminal = await startProcess(['script', '-qefc', command, '/dev/null'], { ...options, env });
  const [, device = '', pid = ''] = READY.exec(await terminal.waitForLine(READY)) ?? [];
  return {
    ...terminal,
    programPid: Number(pid),
    resize: async (columns) => {
      await runToSuccess(['stty', '-F', device, 'cols', String(columns)]);
    },
    close: async () => {
      terminal.kill('SIGKILL');
      await terminal.exited;
    },
  };
}

const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
