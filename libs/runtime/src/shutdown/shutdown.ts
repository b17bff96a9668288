import { type Logger, toSyncError } from '@regfleet/model';
import { type CloseStep, closeInOrder } from './close-in-order.ts';
import { endProcess } from './end-process.ts';
import { onHangUp, onStopSignal } from './stop-signals.ts';

// sysexits.h EX_SOFTWARE
const EXIT_BUG = 70;
// What closing may take after the grace period; orchestrators are told to wait 30 s beyond it.
const CLOSING_MS = 25_000;

export interface ShutdownOptions {
  readonly logger: Logger;
  /** How long work may go on after a stop was asked for. */
  readonly graceMs: number;
}

/** How a service of ours is told to stop. */
export interface Shutdown {
  /** Aborts at the first SIGTERM or SIGINT: take no more work, report not ready. */
  readonly stopping: AbortSignal;
  /** Aborts when the grace period is over: hand back what is still worked on. */
  readonly handBack: AbortSignal;
  /** Resolves when `stopping` aborts. */
  readonly requested: Promise<void>;
  /** Calls `listener` on SIGHUP, at once where one came before, unless the process is stopping or that tells it that its terminal was closed. */
  onReload(listener: () => void): void;
  /** Takes the steps in order; one that fails or takes too long is logged and does not stop the others. */
  close(steps: readonly CloseStep[]): Promise<void>;
}

/**
 * Takes over the signals of this process.
 *
 * A second SIGTERM or SIGINT ends it at once, as does a shutdown that hangs, and, with exit code 70, an error that nobody caught.
 */
export function onShutdown({ logger, graceMs }: ShutdownOptions): Shutdown {
  const stopping = new AbortController();
  const handBack = new AbortController();
  const requested = Promise.withResolvers<void>();
  exitOnBugs(logger);
  onStopSignal((signal) => {
    logger.info({ signal, graceMs }, 'stopping; a second signal ends at once');
    stopping.abort();
    requested.resolve();
    setTimeout(() => handBack.abort(), graceMs).unref();
    setTimeout(() => {
      logger.error({}, 'shutdown hangs, ending the process');
      endProcess(EXIT_BUG);
    }, graceMs + CLOSING_MS).unref();
  });
  const reloads: (() => void)[] = [];
  /** A hang-up came before anybody wanted to hear of it: a start may take as long as Redis is away. */
  let isOverdue = false;
  onHangUp(() => {
    if (stopping.signal.aborted) return;
    isOverdue = reloads.length === 0;
    for (const reload of reloads) reload();
  });
  return {
    stopping: stopping.signal,
    handBack: handBack.signal,
    requested: requested.promise,
    onReload(listener) {
      reloads.push(listener);
      if (isOverdue) listener();
      isOverdue = false;
    },
    close: (steps) => closeInOrder(steps, logger),
  };
}

// What is left half-done is settled by the rest of the fleet: locks expire, jobs go to another worker.
function exitOnBugs(logger: Logger): void {
  const exit = (error: unknown, message: string): void => {
    logger.error({ error: toSyncError(error) }, message);
    endProcess(EXIT_BUG);
  };
  process.on('uncaughtException', (error) => exit(error, 'uncaught exception'));
  process.on('unhandledRejection', (reason) => exit(reason, 'unhandled rejection'));
}
