import type { CopyProgress } from '@regfleet/model';
import type { DaemonEvent } from './events.ts';

type Phase = 'pull' | 'push';

interface Layer {
  readonly doneBytes: number;
  readonly totalBytes: number;
}

const TRANSFERRING = new Set(['Downloading', 'Pushing']);
const FINISHED = new Set(['Download complete', 'Pull complete', 'Pushed']);

// No image that can be pushed again has more.
export const MAX_LAYERS = 10_000;

/** Adds up the bytes of the layers as a daemon downloads and pushes them; of more layers than an image has, of the first. */
export class Progress {
  readonly #report: ((progress: CopyProgress) => void) | undefined;
  readonly #layers: Record<Phase, Map<string, Layer>> = { pull: new Map(), push: new Map() };
  #bytesDone = 0;
  #bytesTotal = 0;

  constructor(report: ((progress: CopyProgress) => void) | undefined) {
    this.#report = report;
  }

  note(phase: Phase, { status, id, current, total }: DaemonEvent): void {
    if (id === undefined || status === undefined) return;
    const layers = this.#layers[phase];
    const layer = layers.get(id);
    if (layer === undefined && layers.size >= MAX_LAYERS) return;
    if (TRANSFERRING.has(status) && current !== undefined) {
      // A push states 1 where it does not know the size of a layer.
      const totalBytes = Math.max(total ?? 0, current, layer?.totalBytes ?? 0);
      this.#set(layers, id, { doneBytes: current, totalBytes });
    } else if (FINISHED.has(status) && layer !== undefined) {
      this.#set(layers, id, { ...layer, doneBytes: layer.totalBytes });
    } else {
      return;
    }
    this.#tell(phase);
  }

  #set(layers: Map<string, Layer>, id: string, layer: Layer): void {
    const before = layers.get(id) ?? { doneBytes: 0, totalBytes: 0 };
    this.#bytesDone += layer.doneBytes - before.doneBytes;
    this.#bytesTotal += layer.totalBytes - before.totalBytes;
    layers.set(id, layer);
  }

  // What there is to push is not known before the pull is over.
  #tell(phase: Phase): void {
    this.#report?.({
      bytesDone: this.#bytesDone,
      ...(phase === 'push' && { bytesTotal: this.#bytesTotal }),
    });
  }
}
