import type { LocalImage } from './daemon.ts';

export type ImagesById = ReadonlyMap<string, LocalImage>;

/**
 * The images that were on the daemon before any copy that is under way began: they are somebody else's.
 *
 * Copies that overlap share it, or one would take an image of the other for a foreign one and leave it behind.
 */
export class Baseline {
  #images: Map<string, LocalImage> | undefined;
  #copies = 0;

  /** Call `leave` afterwards, unless this throws. @param list - every image of the daemon. */
  async enter(list: () => Promise<readonly LocalImage[]>): Promise<ImagesById> {
    this.#copies += 1;
    try {
      const listed = new Map((await list()).map((image) => [image.id, image]));
      this.#images ??= listed;
      // Who removed an image since does not want it kept if a copy brings it back.
      for (const id of this.#images.keys()) if (!listed.has(id)) this.#images.delete(id);
      return this.#images;
    } catch (error) {
      this.leave();
      throw error;
    }
  }

  leave(): void {
    this.#copies -= 1;
    if (this.#copies === 0) this.#images = undefined;
  }
}
