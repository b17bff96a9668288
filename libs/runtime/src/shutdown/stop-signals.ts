import { constants } from 'node:os';

export type StopSignal = 'SIGINT' | 'SIGTERM';

// npm passes Ctrl-C on to a child that the terminal has told already: both arrive within milliseconds.
const SAME_WISH_MS = 500;

/** Calls `onFirst` once, at the first SIGTERM or SIGINT; a second wish, half a second later or more, ends the process. */
export function onStopSignal(onFirst: (signal: StopSignal) => void): void {
  let firstAtMs: number | undefined;
  const listen = (signal: StopSignal): void => {
    if (firstAtMs === undefined) {
      firstAtMs = performance.now();
      onFirst(signal);
    } else if (performance.now() - firstAtMs >= SAME_WISH_MS) {
      process.exit(128 + constants.signals[signal]);
    }
  };
  process.on('SIGTERM', listen);
  process.on('SIGINT', listen);
}

/** For commands that end by themselves: aborts at the first SIGTERM or SIGINT; a second one ends the process. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  onStopSignal(() => controller.abort());
  return controller.signal;
}

/** Calls `listener` on every SIGHUP, which would end the process else. @returns stops listening. */
export function onHangUp(listener: () => void): () => void {
  process.on('SIGHUP', listener);
  return () => void process.off('SIGHUP', listener);
}
