import { existsSync } from 'node:fs';

const LINGER_MS = 1_000;

const SHELL = '/bin/sh';

/** Calls into the system that Node makes in threads of its own, and waits for when it ends. */
const THREADED = /^(?:FSReq|GetAddrInfo|GetNameInfo)/;

/**
 * Ends this process at once. Node itself waits for calls that do not return, as of a DNS that does not answer or a file on a
 * server that is gone, and hears no signal meanwhile.
 *
 * @param code - absent: `process.exitCode`.
 */
export function endProcess(code?: number): void {
  // Last of those who listen for the end.
  process.once('exit', leaveCallsThatHang);
  if (code !== undefined) process.exitCode = code;
  process.exit();
}

/**
 * Work is done: ends this process within a second, whatever a library still waits for, once what was written has been taken.
 * BullMQ's workers go on reconnecting to a Redis that is gone, also after they were closed.
 */
export function endSoon(): void {
  setTimeout(() => {
    const isWriting = process.stdout.writableLength + process.stderr.writableLength > 0;
    if (isWriting) endSoon();
    else endProcess();
  }, LINGER_MS).unref();
}

/** Another program in place of this one takes no threads along, and can say any exit code, also as the first process of a container. */
function leaveCallsThatHang(): void {
  const hangs = process.getActiveResourcesInfo().some((name) => THREADED.test(name));
  if (!hangs || !existsSync(SHELL)) return;
  // Node calls `execve` experimental.
  process.emitWarning = () => undefined;
  try {
    // Not the code that listeners are given: those before may have changed it.
    process.execve?.(SHELL, [SHELL, '-c', `exit ${process.exitCode ?? 0}`], {});
  } catch {
    // Not in a thread, and not on every system.
  }
}
