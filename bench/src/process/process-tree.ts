import { readFileSync } from 'node:fs';

/**
 * Memory of a process and all its descendants, in bytes: the sum of what each that runs now held at most (VmHWM).
 *
 * @returns 0 where the process is gone.
 */
export function treeMemory(pid: number): number {
  const status = read(`/proc/${pid}/status`);
  const [, ownKib = '0'] = /^VmHWM:\s+(\d+) kB$/m.exec(status) ?? [];
  const children = read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean);
  return Number(ownKib) * 1024 + children.reduce((sum, child) => sum + treeMemory(Number(child)), 0);
}

// A process may end between being named and being read.
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
