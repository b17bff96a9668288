import { readFileSync } from 'node:fs';

/**
 * Memory of all descendants of a process, in bytes: the sum of what each that runs now held at most (VmHWM).
 *
 * @returns 0 where the process is gone.
 */
export function descendantsMemory(pid: number): number {
  const children = read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
  return children.reduce((sum, child) => sum + peakMemory(child) + descendantsMemory(child), 0);
}

/** What one process held at most so far; 0 where it is gone. */
export function peakMemory(pid: number): number {
  const [, kib = '0'] = /^VmHWM:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`)) ?? [];
  return Number(kib) * 1024;
}

// A process may end between being named and being read.
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
