import { eventually, startProcess } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { descendantsMemory, peakMemory } from './process-tree.ts';

const MIB = 2 ** 20;
const HUNGRY = `const held = Buffer.alloc(100 * ${MIB}, 1); console.log('fed'); setInterval(() => held.at(0), 1000)`;

describe('bench/process/process-tree', () => {
  it('adds the memory of descendants, without that of the process itself', async () => {
    await using parent = await startProcess(['sh', '-c', '"$0" -e "$1"; true', process.execPath, HUNGRY]);
    await parent.waitForLine(/fed/);
    expect(descendantsMemory(parent.pid)).toBeGreaterThan(100 * MIB);
    expect(peakMemory(parent.pid)).toBeLessThan(100 * MIB);
  });

  it('finds nothing where the process is gone', async () => {
    await using gone = await startProcess(['true']);
    await gone.exited;
    await eventually(() => peakMemory(gone.pid) === 0, { what: 'the end of the process' });
    expect(descendantsMemory(gone.pid)).toBe(0);
  });
});
