import { describe, expect, it } from 'vitest';
import { Effort } from './effort.ts';
import { DEFAULT_TIMEOUTS } from './timeouts.ts';

const TIMEOUTS = { ...DEFAULT_TIMEOUTS, connectMs: 10, headersMs: 90, commitMs: 300, answerMs: 200 };

describe('registry/http/effort', () => {
  it('is spent by answers that come late, one after the other', () => {
    const effort = new Effort(TIMEOUTS, false);
    for (const ms of [100, 100, 100, 99]) effort.asked(ms);
    expect(effort.isSpent).toBe(false);
    effort.asked(1);
    expect(effort.isSpent).toBe(true);
    expect(effort.isWorthRepeating).toBe(false);
  });

  it('is not spent by waiting for a connection', () => {
    const effort = new Effort(TIMEOUTS, false);
    effort.asked(1_000_000);
    expect(effort.isWorthRepeating).toBe(true);
  });

  it('lets what is stored in vain be sent once more', () => {
    const effort = new Effort(TIMEOUTS, true);
    effort.asked(310);
    expect(effort.isWorthRepeating).toBe(true);
    effort.asked(310);
    expect(effort.isWorthRepeating).toBe(false);
  });

  it('is not worth repeating after many redirects, however fast', () => {
    const effort = new Effort(TIMEOUTS, false);
    for (let count = 0; count < 9; count += 1) effort.redirected();
    expect(effort.isWorthRepeating).toBe(true);
    effort.redirected();
    expect(effort.isWorthRepeating).toBe(false);
    expect(effort.isSpent).toBe(false);
  });
});
