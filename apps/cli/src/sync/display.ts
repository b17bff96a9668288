import { type CopyProgress, type CopyRequest, formatReference } from '@regfleet/model';
import type { RunRecord } from '@regfleet/queue';
import { formatError } from '../output/errors.ts';
import { createProgress } from '../output/progress.ts';
import { formatBytes, formatDuration } from '../output/quantities.ts';
import { runProgressLine } from '../output/runs.ts';
import type { Terminal } from '../terminal.ts';
import type { SyncEvents } from './sync-task.ts';

/** Shows a sync while it goes on: a live line of counts, bytes and rate, and a lasting line per failure. */
export function syncDisplay(terminal: Terminal): SyncEvents & { end(): void } {
  const progress = createProgress(terminal);
  const startedAtMs = Date.now();
  const runs = new Map<string, RunRecord>();
  const underWay = new Map<string, number>();
  let bytesEnded = 0;
  const redraw = (): void => {
    const elapsedMs = Date.now() - startedAtMs;
    const bytes = bytesEnded + [...underWay.values()].reduce((sum, done) => sum + done, 0);
    const moved =
      bytes === 0
        ? ''
        : `, ${formatBytes(bytes)}, ${formatBytes(bytes / Math.max(elapsedMs / 1000, 0.001))}/s`;
    progress.update(`${runProgressLine([...runs.values()], elapsedMs)}${moved}`);
  };
  const tell = (line: string): void => {
    progress.end();
    terminal.err(line);
  };
  return {
    onChange(run) {
      runs.set(run.task ?? run.id, run);
      redraw();
    },
    onBytes(image: string, { bytesDone }: CopyProgress) {
      underWay.set(image, bytesDone);
      redraw();
    },
    onImage(request: CopyRequest, end) {
      const image = formatReference(request.target);
      bytesEnded += underWay.get(image) ?? 0;
      underWay.delete(image);
      if ('error' in end) tell(formatError(end.error.toJSON()));
    },
    onRetry(request, error, delayMs) {
      tell(
        `${formatReference(request.source)}: ${error.code}, again in ${formatDuration(delayMs)}: ${error.message}`,
      );
    },
    end: () => progress.end(),
  };
}
