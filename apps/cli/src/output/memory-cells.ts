import type { ProcessMemory } from '@regfleet/fleet';
import { formatBytes } from './quantities.ts';

/** What a process holds and may hold, and the same of its heap; empty where it does not tell. */
export function memoryCells(memory: ProcessMemory | undefined): [string, string] {
  if (memory === undefined) return ['', ''];
  const { rssBytes, limitBytes, heapBytes, heapLimitBytes } = memory;
  const bound = limitBytes === undefined ? '' : ` of ${formatBytes(limitBytes)}`;
  return [`${formatBytes(rssBytes)}${bound}`, `${formatBytes(heapBytes)} of ${formatBytes(heapLimitBytes)}`];
}
