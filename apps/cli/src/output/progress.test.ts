import { describe, expect, it } from 'vitest';
import type { Terminal } from '../terminal.ts';
import { createProgress } from './progress.ts';

describe('cli/output/progress, without a terminal', () => {
  it('writes a line every 30 seconds, and one that has not changed every minute', () => {
    const lines: string[] = [];
    const terminal: Terminal = {
      isInteractive: false,
      err: (line) => void lines.push(line),
      out: () => undefined,
      write: () => undefined,
      errorStream: { write: () => undefined },
      columns: 80,
      env: {},
    };
    let nowMs = 0;
    const progress = createProgress(terminal, () => nowMs);
    for (; nowMs <= 200_000; nowMs += 1_000) progress.update(nowMs < 40_000 ? 'begun' : 'waits');
    expect(lines).toEqual(['begun', 'waits', 'waits', 'waits']);
  });
});
