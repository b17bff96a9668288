import { readFile } from 'node:fs/promises';

const COUNTER = /^[rw]char: (\d+)$/gm;

/**
 * Bytes that a process has read and written so far, by files and sockets; absent: this system does not tell.
 *
 * @see https://docs.kernel.org/filesystems/proc.html#proc-pid-io-display-the-io-accounting-fields
 */
export async function movedBytes(pid: number): Promise<bigint | undefined> {
  const text = await readFile(`/proc/${pid}/io`, 'utf8').catch(() => '');
  const counters = [...text.matchAll(COUNTER)].map(([, bytes = '0']) => BigInt(bytes));
  return counters.length === 0 ? undefined : counters.reduce((sum, bytes) => sum + bytes, 0n);
}
