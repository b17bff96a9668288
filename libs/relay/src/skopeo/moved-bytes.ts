import { readdir, readFile } from 'node:fs/promises';

const COUNTER = /^[rw]char: (\d+)$/gm;

// More than any wrapper starts; a program that starts ever more is not looked after to the last of them.
const MAX_PROCESSES = 100;

/**
 * Bytes that a process and all that it started have read and written so far, by files and sockets; absent: this system
 * does not tell of each of them.
 *
 * It is less than before where one of them ended whose bytes the system has not added to those of its parent.
 *
 * @see https://docs.kernel.org/filesystems/proc.html#proc-pid-io-display-the-io-accounting-fields
 */
export async function movedBytes(pid: number): Promise<bigint | undefined> {
  const pids = [pid];
  let sum = 0n;
  try {
    for (const next of pids) {
      sum += await movedByOne(next);
      pids.push(...(await childrenOf(next)));
      if (pids.length > MAX_PROCESSES) return undefined;
    }
  } catch {
    return undefined;
  }
  return sum;
}

async function movedByOne(pid: number): Promise<bigint> {
  const counters = [...(await readFile(`/proc/${pid}/io`, 'utf8')).matchAll(COUNTER)];
  if (counters.length === 0) throw new RangeError(`/proc/${pid}/io has no counters`);
  return counters.reduce((sum, [, bytes = '0']) => sum + BigInt(bytes), 0n);
}

/** Each thread has its own children. */
async function childrenOf(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`);
  const lists = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, 'utf8')),
  );
  return lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number));
}
