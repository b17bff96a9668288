import type { BlobReader } from '../contract.ts';

/** The content of an upload: asked for while the upload is opened, so that neither registry waits for the other. */
export class EarlyContent {
  readonly #open: () => Promise<BlobReader>;
  #asked: Promise<BlobReader> | undefined;

  constructor(open: () => Promise<BlobReader>) {
    this.#open = open;
  }

  ask(): void {
    this.#asked = this.#open();
    // Whoever takes it is told.
    this.#asked.catch(noticed);
  }

  /** What was asked for, or asked for now. */
  take(): Promise<BlobReader> {
    const content = this.#asked ?? this.#open();
    this.#asked = undefined;
    return content;
  }

  /** Closes what nobody has taken. */
  end(): void {
    this.#asked?.then((reader) => reader.close(), noticed);
    this.#asked = undefined;
  }
}

const noticed = (): void => undefined;
