import { constants } from 'node:os';
import { isatty } from 'node:tty';
import { endProcess } from './end-process.ts';

export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

// npm passes Ctrl-C on to a child that the terminal has told already: both arrive within milliseconds.
const SAME_WISH_MS = 500;

/** As shells tell of a process that died of a signal. */
const exitCodeOfSignal = (signal: StopSignal): number => 128 + constants.signals[signal];

/** The reason of `interruptSignal`. */
export class Interruption extends Error {
  override readonly name = 'AbortError';
  /** For a command that leaves something undone: 143 for SIGTERM, 130 for SIGINT, 129 for SIGHUP. */
  readonly exitCode: number;

  constructor(signal: StopSignal) {
    super(`interrupted by ${signal}`);
    this.exitCode = exitCodeOfSignal(signal);
  }
}

/** The interruption that an error comes from, be it as the cause of others; absent: none. */
export function interruptionOf(error: unknown): Interruption | undefined {
  let cause = error;
  while (cause instanceof Error && !(cause instanceof Interruption)) cause = cause.cause;
  return cause instanceof Interruption ? cause : undefined;
}

/**
 * Calls `onFirst` once, at the first SIGTERM or SIGINT; a second wish, half a second later or more, ends the process.
 *
 * @returns for wishes that come in another way.
 */
export function onStopSignal(onFirst: (signal: StopSignal) => void): (signal: StopSignal) => void {
  let firstAtMs: number | undefined;
  const listen = (signal: StopSignal): void => {
    if (firstAtMs === undefined) {
      firstAtMs = performance.now();
      onFirst(signal);
    } else if (performance.now() - firstAtMs >= SAME_WISH_MS) {
      endProcess(exitCodeOfSignal(signal));
    }
  };
  process.on('SIGTERM', listen);
  process.on('SIGINT', listen);
  return listen;
}

/**
 * For commands that end by themselves: aborts at the first SIGTERM, SIGINT or SIGHUP, with an `Interruption`; a second one ends
 * the process. A SIGHUP that somebody else listens for is none.
 */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  const wish = onStopSignal((signal) => controller.abort(new Interruption(signal)));
  // Dying of it would leave behind what is cleaned up on the way out: programs that were started, and files with their logins.
  // It is looked at before any other listener leaves.
  process.prependListener('SIGHUP', () => {
    if (process.listenerCount('SIGHUP') === 1) wish('SIGHUP');
  });
  return controller.signal;
}

/**
 * Calls `listener` on every SIGHUP, which would end the process else. One that says that the terminal of this process was
 * closed is a SIGTERM instead. @returns stops listening.
 */
export function onHangUp(listener: () => void): () => void {
  const terminals = [0, 1, 2].filter((descriptor) => isatty(descriptor));
  let isToldToStop = false;
  const hearHangUp = (): void => {
    // A closed terminal is none any more by the time of its signal.
    const isClosed = terminals.length > 0 && !terminals.some((descriptor) => isatty(descriptor));
    // The kernel and the shell may both tell, and a second wish would end the process at once.
    if (isClosed && !isToldToStop) process.kill(process.pid, 'SIGTERM');
    if (isClosed) isToldToStop = true;
    else listener();
  };
  process.on('SIGHUP', hearHangUp);
  return () => void process.off('SIGHUP', hearHangUp);
}
