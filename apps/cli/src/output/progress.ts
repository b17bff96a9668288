import { printable } from '@regfleet/model';
import type { Terminal } from '../terminal.ts';
import { columnsOf, cutToColumns } from './columns.ts';

/** One live line on a terminal, redrawn at most ten times a second, none where nobody wants it; elsewhere a line every 30 seconds, one that has not changed every minute. */
export interface Progress {
  /** What is shown from here on is something new: without a terminal it has 30 seconds to be over before a line is written. */
  begin(): void;
  /** @param line - asked for only where it is shown: what goes on changes thousands of times in between. */
  update(line: () => string): void;
  /** Removes the live line; later output starts clean. */
  end(): void;
}

const ERASE_LINE = '\r\u001b[2K';
const ERASE_LINE_ABOVE = '\u001b[1A\u001b[2K';
const REDRAW_INTERVAL_MS = 100;
// What others have made a habit of where a log keeps every line.
const QUIET_INTERVAL_MS = 30_000;
// That nothing has changed is news, too, where somebody wonders whether anything goes on.
const SAME_INTERVAL_MS = 60_000;

const NO_PROGRESS: Progress = { begin: () => undefined, update: () => undefined, end: () => undefined };

export function createProgress(terminal: Terminal, now: () => number = Date.now): Progress {
  if (terminal.isQuiet === true) return NO_PROGRESS;
  return terminal.isInteractive ? liveLine(terminal, now) : rareLines(terminal, now);
}

function rareLines(terminal: Terminal, now: () => number): Progress {
  let last = '';
  let lastAtMs = now();
  return {
    begin: () => {
      lastAtMs = now();
    },
    update: (lineNow) => {
      const quietMs = now() - lastAtMs;
      if (quietMs < QUIET_INTERVAL_MS) return;
      const line = lineNow();
      if (line === last && quietMs < SAME_INTERVAL_MS) return;
      last = line;
      lastAtMs = now();
      terminal.err(line);
    },
    end: () => undefined,
  };
}

function liveLine(terminal: Terminal, now: () => number): Progress {
  let last = '';
  let drawn = '';
  let lastAtMs = Number.NEGATIVE_INFINITY;
  /** A terminal that has become narrower shows what was one row as several, with the cursor in the last one. */
  const erase = (): string => {
    const rows = Math.ceil(columnsOf(drawn) / terminal.columns);
    return `${ERASE_LINE}${ERASE_LINE_ABOVE.repeat(Math.max(0, rows - 1))}`;
  };
  return {
    begin: () => undefined,
    update: (lineNow) => {
      if (now() - lastAtMs < REDRAW_INTERVAL_MS) return;
      const line = lineNow();
      if (line === last) return;
      const erased = erase();
      last = line;
      lastAtMs = now();
      drawn = cutToColumns(printable(line), terminal.columns - 1);
      terminal.write(`${erased}${drawn}`);
    },
    end: () => {
      const erased = erase();
      // The same line is drawn again below what is told meanwhile.
      last = '';
      drawn = '';
      lastAtMs = Number.NEGATIVE_INFINITY;
      terminal.write(erased);
    },
  };
}
