import { describe, expect, it } from 'vitest';
import { cpuTimeMs } from './cpu-time.ts';

describe('bench/process/cpu-time', () => {
  it('is what the process knows of itself', () => {
    const { user, system } = process.cpuUsage();
    const own = cpuTimeMs(process.pid);
    const later = process.cpuUsage();
    // Ticks are counted in whole ones, apart for both.
    expect(own).toBeGreaterThan((user + system) / 1000 - 30);
    expect(own).toBeLessThan((later.user + later.system) / 1000 + 30);
  });
});
