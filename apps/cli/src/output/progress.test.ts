import { describe, expect, it } from 'vitest';
import { keptTerminal } from '../terminal.fixture.ts';
import { createProgress } from './progress.ts';

describe('cli/output/progress, without a terminal', () => {
  it('writes a line every 30 seconds, and one that has not changed every minute', () => {
    const { terminal, err: lines } = keptTerminal();
    let nowMs = 0;
    const progress = createProgress(terminal, () => nowMs);
    for (; nowMs <= 200_000; nowMs += 1_000) progress.update(() => (nowMs < 40_000 ? 'begun' : 'waits'));
    expect(lines).toEqual(['begun', 'waits', 'waits', 'waits']);
  });
});
