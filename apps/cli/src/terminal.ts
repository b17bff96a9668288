import { printableLines } from '@regfleet/model';
import { EXIT } from './exit-code.ts';

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
  /** True: nothing is told but results, warnings and errors. */
  readonly isQuiet?: boolean;
  /** At this moment: a terminal can be resized at any time. */
  readonly columns: number;
  /** How wide a table may be: as wide as the terminal that results go to; absent: they go to none, and lines are left whole. */
  readonly tableColumns?: number | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Called when the command turns out to be one that stays, before it does anything; it may start the process anew. */
  beforeLongRun?(): void;
}

const DEFAULT_COLUMNS = 80;

export function processTerminal(process: NodeJS.Process): Terminal {
  process.stdout.on('error', failOf(process));
  // Nobody is left who could be told, and what is left to do is done all the same.
  process.stderr.on('error', () => undefined);
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
    get tableColumns() {
      return process.stdout.isTTY === true ? process.stdout.columns || DEFAULT_COLUMNS : undefined;
    },
    env: process.env,
  };
}

// Of a pipe, and of a terminal.
const CLOSED: readonly unknown[] = ['EPIPE', 'EIO'];

/**
 * A reader that has seen enough (`| head`), or a terminal that was closed: the command still ends with its own exit code. Results
 * that could not be written for another reason, as on a full disk, are told, and make of a success a failure.
 */
function failOf(process: NodeJS.Process): (error: NodeJS.ErrnoException) => void {
  let isTold = false;
  return (error) => {
    if (CLOSED.includes(error.code) || isTold) return;
    isTold = true;
    process.stderr.write(`regfleet: cannot write to standard output: ${error.message}\n`);
    process.once('exit', () => {
      process.exitCode ||= EXIT.failed;
    });
  };
}
