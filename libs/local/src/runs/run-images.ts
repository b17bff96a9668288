import type { RunImage } from '@regfleet/fleet';

// Memory must not grow with the number of tags: each failure is told when it happens, and this is what can be looked up later.
const MOST = 1_000;

/** What came of the first images of a run, and of the first that failed. */
export class RunImages {
  readonly #failed: RunImage[] = [];
  readonly #others: RunImage[] = [];

  add(image: RunImage): void {
    const images = image.outcome === 'failed' ? this.#failed : this.#others;
    if (images.length < MOST) images.push(image);
  }

  read({ failedOnly = false }: { failedOnly?: boolean }): readonly RunImage[] {
    return failedOnly ? [...this.#failed] : [...this.#failed, ...this.#others];
  }
}
