import type { BlobReader } from '../contract.ts';

/** Opens the content of an upload; the signal ends the question for it. */
export type OpenContent = (signal: AbortSignal) => Promise<BlobReader>;

/** The content of an upload: asked for while the upload is opened, so that neither registry waits for the other. */
export class EarlyContent {
  readonly #open: OpenContent;
  readonly #end = new AbortController();
  #asked: Promise<BlobReader> | undefined;

  constructor(open: OpenContent) {
    this.#open = open;
  }

  ask(): void {
    this.#asked = this.#open(this.#end.signal);
    // Whoever takes it is told.
    this.#asked.catch(noticed);
  }

  /** What was asked for, or asked for now. */
  take(): Promise<BlobReader> {
    const content = this.#asked ?? this.#open(this.#end.signal);
    this.#asked = undefined;
    return content;
  }

  /** Closes what nobody has taken, or is still asked for. */
  end(): void {
    this.#end.abort(NOBODY_WANTS_IT);
    this.#asked?.then((reader) => reader.close(), noticed);
    this.#asked = undefined;
  }
}

// One for all: to make one takes its time, and each blob that is copied needs one.
const NOBODY_WANTS_IT = new DOMException('nobody wants it any more', 'AbortError');

const noticed = (): void => undefined;
