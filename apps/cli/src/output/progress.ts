import type { Terminal } from '../terminal.ts';

/** One live line on a terminal; elsewhere a line per change, at most one a second apart. */
export interface Progress {
  update(line: string): void;
  /** Removes the live line; later output starts clean. */
  end(): void;
}

const ERASE_LINE = '\r\u001b[2K';
const QUIET_INTERVAL_MS = 1000;

export function createProgress(terminal: Terminal, now: () => number = Date.now): Progress {
  if (terminal.isInteractive) {
    return {
      update: (line) => terminal.write(`${ERASE_LINE}${line.slice(0, terminal.columns - 1)}`),
      end: () => terminal.write(ERASE_LINE),
    };
  }
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
