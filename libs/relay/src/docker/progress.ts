import type { CopyProgress } from '@regfleet/model';
import type { DaemonEvent } from './events.ts';

type Phase = 'pull' | 'push';

interface Layer {
  doneBytes: number;
  totalBytes: number;
}

const TRANSFERRING = new Set(['Downloading', 'Pushing']);
const FINISHED = new Set(['Download complete', 'Pull complete', 'Pushed']);

/** Adds up the bytes of the layers as a daemon downloads and pushes them. */
export class Progress {
  readonly #report: ((progress: CopyProgress) => void) | undefined;
  readonly #layers = new Map<string, Layer>();

  constructor(report: ((progress: CopyProgress) => void) | undefined) {
    this.#report = report;
  }

  note(phase: Phase, { status, id, current, total }: DaemonEvent): void {
    if (id === undefined || status === undefined) return;
    const key = `${phase} ${id}`;
    const layer = this.#layers.get(key);
    if (TRANSFERRING.has(status) && current !== undefined) {
      // A push states 1 where it does not know the size of a layer.
      const totalBytes = Math.max(total ?? 0, current, layer?.totalBytes ?? 0);
      this.#layers.set(key, { doneBytes: current, totalBytes });
    } else if (FINISHED.has(status) && layer !== undefined) {
      layer.doneBytes = layer.totalBytes;
    } else {
      return;
    }
    this.#tell(phase);
  }

  // What there is to push is not known before the pull is over.
  #tell(phase: Phase): void {
    const layers = [...this.#layers.values()];
    const bytesDone = layers.reduce((sum, { doneBytes }) => sum + doneBytes, 0);
    const bytesTotal = layers.reduce((sum, { totalBytes }) => sum + totalBytes, 0);
    this.#report?.({ bytesDone, ...(phase === 'push' && { bytesTotal }) });
  }
}
