import { printable } from '@regfleet/model';
import type { Terminal } from '../terminal.ts';

/** One live line on a terminal, redrawn at most ten times a second; elsewhere a line per change, at most one a second apart. */
export interface Progress {
  update(line: string): void;
  /** Removes the live line; later output starts clean. */
  end(): void;
}

const ERASE_LINE = '\r\u001b[2K';
const REDRAW_INTERVAL_MS = 100;
const QUIET_INTERVAL_MS = 1000;

export function createProgress(terminal: Terminal, now: () => number = Date.now): Progress {
  let last = '';
  let lastAtMs = Number.NEGATIVE_INFINITY;
  const isDue = (line: string, intervalMs: number): boolean => {
    if (line === last || now() - lastAtMs < intervalMs) return false;
    last = line;
    lastAtMs = now();
    return true;
  };
  if (!terminal.isInteractive) {
    return {
      update: (line) => {
        if (isDue(line, QUIET_INTERVAL_MS)) terminal.err(line);
      },
      end: () => undefined,
    };
  }
  return {
    update: (line) => {
      if (!isDue(line, REDRAW_INTERVAL_MS)) return;
      terminal.write(`${ERASE_LINE}${printable(line).slice(0, terminal.columns - 1)}`);
    },
    end: () => {
      // The same line is drawn again below what is told meanwhile.
      last = '';
      lastAtMs = Number.NEGATIVE_INFINITY;
      terminal.write(ERASE_LINE);
    },
  };
}
