import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import type { ProcessMemory } from '@regfleet/fleet';

/** What this process holds at this moment, and what it may. */
export function processMemory(): ProcessMemory {
  const { rss, heapUsed } = process.memoryUsage();
  return {
    rssBytes: rss,
    heapBytes: heapUsed,
    heapLimitBytes: getHeapStatistics().heap_size_limit,
    ...limitOf(process.constrainedMemory(), totalmem()),
  };
}

/** @param constrained - 0 or an absurd number of bytes where nothing is set, by version of the system. */
export function limitOf(constrained: number, machineBytes: number): Pick<ProcessMemory, 'limitBytes'> {
  return constrained > 0 && constrained < machineBytes ? { limitBytes: constrained } : {};
}
