import type { PausesOptions } from '@regfleet/fleet';
import { printable, type SyncError } from '@regfleet/model';
import { loginLine } from '../logins/providers.ts';
import { formatError } from '../output/errors.ts';
import { createProgress } from '../output/progress.ts';
import { formatDuration, formatRelative } from '../output/quantities.ts';
import { runEndLine } from '../output/runs.ts';
import type { Terminal } from '../terminal.ts';
import type { RunEvents } from './followed-runs.ts';
import { type ImageEvents, SyncProgress } from './sync-progress.ts';
import type { Login } from './told-logins.ts';

/** Whoever is told how a sync goes on. */
export interface SyncDisplay extends RunEvents, ImageEvents {
  /** @param what - an image, or what else is tried again. */
  onRetry(what: string, error: SyncError, delayMs: number): void;
  /** A mapping, or a listing of it; images are told by `onImage`. */
  onFailure(task: string, error: SyncError): void;
  onPause: PausesOptions['onPause'];
  onLogin(login: Login): void;
  end(): void;
}

/** Where a log is written whose lines come in between: each on a row of its own, with the live line taken away before it. */
export const logAbove = (
  { errorStream }: Terminal,
  display: Pick<SyncDisplay, 'end'>,
): Terminal['errorStream'] => ({
  isTTY: errorStream.isTTY === true,
  write(text) {
    display.end();
    return errorStream.write(text);
  },
});

/** Shows a sync while it goes on: a live line of counts, bytes and rates, and a lasting line per failure, wait and finished pass. */
export function syncDisplay(terminal: Terminal, now: () => number = Date.now): SyncDisplay {
  const progress = createProgress(terminal, now);
  const soFar = new SyncProgress(now);
  const redraw = (): void => progress.update(() => soFar.line);
  const tell = (line: string): void => {
    progress.end();
    terminal.err(line);
  };
  const tellWait = (what: string, error: SyncError, delayMs: number): void =>
    tell(printable(`${what}: ${error.code}, again in ${formatDuration(delayMs)}: ${error.message}`));
  const note = (line: string): void => {
    if (terminal.isQuiet !== true) tell(line);
  };
  return {
    onChange(run) {
      if (soFar.onChange(run)) progress.begin();
      redraw();
    },
    onBytes(request, bytes) {
      soFar.onBytes(request, bytes);
      redraw();
    },
    onImage(request, end) {
      soFar.onImage(request, end);
      if ('error' in end) tell(formatError(end.error.toJSON()));
    },
    onFailure: (task, error) => tell(`${task}: ${formatError(error.toJSON())}`),
    onRetry: tellWait,
    onPause: tellWait,
    onEnd(run) {
      if (terminal.isQuiet !== true || run.outcome === 'failed') tell(runEndLine(run));
    },
    onLogin: (login) => note(printable(loginLine(login))),
    onIdle: ({ task, atMs }) =>
      note(printable(`next run: ${task} ${formatRelative(atMs, now())}, at ${new Date(atMs).toISOString()}`)),
    end: () => progress.end(),
  };
}
