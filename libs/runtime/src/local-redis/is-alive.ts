import { readFileSync } from 'node:fs';

/** Whether a process of this machine exists, whoever owns it. @param mark - `processMark` of the one that is meant; empty: any. */
export function isAlive(pid: number, mark = ''): boolean {
  if (!exists(pid)) return false;
  const found = processMark(pid);
  return mark === '' || found === '' || found === mark;
}

/**
 * Tells a process from another one that has its pid at another time, as the first process of a container has the same one at every
 * start: when it began. Empty where the system does not say so.
 *
 * @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html, starttime
 */
export function processMark(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name before it may hold blanks and parentheses.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
