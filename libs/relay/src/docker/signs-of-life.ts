import type { DaemonEvent } from './events.ts';
import { MAX_LAYERS } from './progress.ts';

/** What a daemon said last of a layer. */
interface LastSaid {
  readonly status: string | undefined;
  readonly current: number | undefined;
}

/** Tells events by which a pull or push goes on from those that a daemon can repeat for ever. */
export class SignsOfLife {
  readonly #layers = new Map<string | undefined, LastSaid>();

  /** Whether an event says of its layer, or of the whole image, what was not said last; of more layers than an image has none counts. */
  isOne({ id, status, current }: DaemonEvent): boolean {
    const last = this.#layers.get(id);
    if (last === undefined && this.#layers.size > MAX_LAYERS) return false;
    this.#layers.set(id, { status, current });
    return last?.status !== status || last?.current !== current;
  }
}
