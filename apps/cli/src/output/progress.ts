import { printable } from '@regfleet/model';
import type { Terminal } from '../terminal.ts';

/** One live line on a terminal, redrawn at most ten times a second; elsewhere a line per change, at most one a second apart. */
export interface Progress {
  update(line: string): void;
  /** Removes the live line; later output starts clean. */
  end(): void;
}

const ERASE_LINE = '\r\u001b[2K';
const ERASE_LINE_ABOVE = '\u001b[1A\u001b[2K';
const REDRAW_INTERVAL_MS = 100;
const QUIET_INTERVAL_MS = 1000;

export function createProgress(terminal: Terminal, now: () => number = Date.now): Progress {
  return terminal.isInteractive ? liveLine(terminal, now) : rareLines(terminal, now);
}

function rareLines(terminal: Terminal, now: () => number): Progress {
  let last = '';
  let lastAtMs = Number.NEGATIVE_INFINITY;
  return {
    update: (line) => {
      if (line === last || now() - lastAtMs < QUIET_INTERVAL_MS) return;
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
    const rows = Math.ceil(drawn.length / terminal.columns);
    return `${ERASE_LINE}${ERASE_LINE_ABOVE.repeat(Math.max(0, rows - 1))}`;
  };
  return {
    update: (line) => {
      if (line === last || now() - lastAtMs < REDRAW_INTERVAL_MS) return;
      const erased = erase();
      last = line;
      lastAtMs = now();
      drawn = printable(line).slice(0, terminal.columns - 1);
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
