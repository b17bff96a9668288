import { withinTime } from './question.ts';

// A local file takes a moment, and a file server that is gone has calls that do not return.
const READ_MS = 10_000;

const NEVER = new AbortController().signal;

/**
 * What is read from files, given up when that takes long; the read goes on, since nothing ends it.
 *
 * @param asked - as in `Question`.
 * @throws {SyncError} `TIMED_OUT`; else whatever `read` throws.
 */
export const readInTime = <T>(asked: string, read: () => Promise<T>, timeoutMs = READ_MS): Promise<T> => {
  const hint = 'does the server that it is on answer, and is it a plain file?';
  return withinTime({ asked, hint, timeoutMs }, read, NEVER);
};
