import { readFileSync } from 'node:fs';

// USER_HZ, which is 100 on every Linux that Node runs on: https://man7.org/linux/man-pages/man7/time.7.html
const TICK_MS = 10;

/** The processor time that a process has used since its start, its own and the kernel's for it. */
export function cpuTimeMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name, in brackets, may hold blanks; utime and stime are the 14th and 15th field.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
