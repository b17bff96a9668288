import { printableLines } from '@regfleet/model';

/** Where a command writes and what it may assume of the reader. Injected, so that nothing else touches `process`. */
export interface Terminal {
  /** Results: a table, a JSON document. */
  out(text: string): void;
  /** Progress, warnings, errors. */
  err(text: string): void;
  /** Raw text to where `err` goes. */
  write(text: string): void;
  /** Where logs of commands go. */
  readonly errorStream: { write(text: string): unknown; readonly isTTY?: boolean };
  /** True: progress may redraw its block. */
  readonly isInteractive: boolean;
  /** At this moment: a terminal can be resized at any time. */
  readonly columns: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Called when the command turns out to be one that stays, before it does anything; it may start the process anew. */
  beforeLongRun?(): void;
}

const DEFAULT_COLUMNS = 80;

export function processTerminal(process: NodeJS.Process): Terminal {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreClosedReader);
  return {
    // Whatever a registry has put into it: those who put texts together take care of the lines.
    out: (text) => void process.stdout.write(`${printableLines(text)}\n`),
    err: (text) => void process.stderr.write(`${printableLines(text)}\n`),
    write: (text) => void process.stderr.write(text),
    errorStream: process.stderr,
    isInteractive: process.stderr.isTTY === true && process.env.TERM !== 'dumb',
    get columns() {
      // 0 where nobody has told the terminal its size.
      return process.stderr.columns || DEFAULT_COLUMNS;
    },
    env: process.env,
  };
}

// Of a pipe, and of a terminal.
const CLOSED: readonly unknown[] = ['EPIPE', 'EIO'];

/** A reader that has seen enough (`| head`), or a terminal that was closed: the command still ends with its own exit code. */
function ignoreClosedReader(error: NodeJS.ErrnoException): void {
  if (!CLOSED.includes(error.code)) throw error;
}
