import { unlessAborted } from '@regfleet/model';
import type { BlobReader } from '@regfleet/registry';

/** Opens the blob at its source, from an offset on. */
export type OpenSource = (fromBytes: number, signal: AbortSignal) => Promise<BlobReader>;

export interface SharedBlobEvents {
  /** So many bytes more are kept, or less. */
  onChange(bytes: number): void;
  /** Nobody reads it any more. */
  onLeft(): void;
}

/** Who reads the blob through the window, and how far they are. */
interface Position {
  /** Of the next piece, counted from the first of the blob. */
  piece: number;
  offset: number;
}

/**
 * One blob of a source, read once for several that want it. What has come is kept until each has taken it, or its room is wanted.
 *
 * The one in front asks the source; nobody waits for those behind. Who has fallen behind what is kept reads on by itself.
 */
export class SharedBlob {
  readonly #sizeBytes: number;
  readonly #open: OpenSource;
  readonly #events: SharedBlobEvents;
  readonly #positions = new Set<Position>();
  #pieces: Buffer[] = [];
  /** How many pieces before those are kept no more. */
  #gone = 0;
  #endBytes = 0;
  #keptBytes = 0;
  #isWhole = false;
  /** False: no more than those who read it already need. */
  #isKept = true;
  #source: BlobReader | undefined;
  #ending = new AbortController();
  #pulling: Promise<void> | undefined;

  constructor(sizeBytes: number, open: OpenSource, events: SharedBlobEvents) {
    this.#sizeBytes = sizeBytes;
    this.#open = open;
    this.#events = events;
  }

  get keptBytes(): number {
    return this.#keptBytes;
  }

  get isRead(): boolean {
    return this.#positions.size > 0;
  }

  /** Whether all of it can be had from here, by whoever begins now. */
  get isOpen(): boolean {
    return this.#isKept && this.#gone === 0;
  }

  /** To be called while `isOpen`. @throws what the source says against it; the signal's reason. */
  async read(signal: AbortSignal): Promise<BlobReader> {
    const position = { piece: 0, offset: 0 };
    this.#positions.add(position);
    const reader = new SharedReader({
      next: () => this.#next(position, signal),
      alone: () => this.#open(position.offset, signal),
      close: () => this.#leave(position),
    });
    try {
      // As without others: what cannot be had is told before anything is asked of the target.
      if (this.#endBytes === 0 && !this.#isWhole) await unlessAborted(this.#pulled(), signal);
      return reader;
    } catch (error) {
      reader.close();
      throw error;
    }
  }

  /** Keeps no more than what those need who read it already. */
  release(): void {
    this.#isKept = false;
    this.#trim();
  }

  /** Keeps the oldest piece no more, whoever needs it. */
  dropFirst(): void {
    this.#isKept = false;
    this.#drop();
  }

  /** `behind`: what comes next is kept no more; absent: that was all. */
  async #next(position: Position, signal: AbortSignal): Promise<Buffer | 'behind' | undefined> {
    for (;;) {
      signal.throwIfAborted();
      if (position.piece < this.#gone) return 'behind';
      const piece = this.#pieces[position.piece - this.#gone];
      if (piece !== undefined) {
        position.piece += 1;
        position.offset += piece.byteLength;
        if (!this.#isKept) this.#trim();
        return piece;
      }
      if (this.#isWhole) return undefined;
      await unlessAborted(this.#pulled(), signal);
    }
  }

  /** The next piece is there, or it is known that there is none. */
  #pulled(): Promise<void> {
    const pulling = this.#pulling ?? this.#pull();
    this.#pulling = pulling;
    const end = (): void => {
      if (this.#pulling === pulling) this.#pulling = undefined;
    };
    pulling.then(end, end);
    return pulling;
  }

  async #pull(): Promise<void> {
    const { signal } = this.#ending;
    // There is nothing to be asked for from its end on.
    if (this.#source === undefined && this.#endBytes > 0 && this.#endBytes >= this.#sizeBytes) {
      this.#isWhole = true;
      return;
    }
    try {
      const source = this.#source ?? (await this.#open(this.#endBytes, signal));
      if (signal.aborted) source.close();
      signal.throwIfAborted();
      this.#source = source;
      const piece = await source.read();
      signal.throwIfAborted();
      if (piece === undefined) this.#isWhole = true;
      // Its memory is used again.
      else this.#add(Buffer.from(piece));
      if (this.#isWhole) this.#stop();
    } catch (error) {
      if (!signal.aborted) this.#stop();
      throw error;
    }
  }

  #add(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#endBytes += piece.byteLength;
    this.#keptBytes += piece.byteLength;
    this.#events.onChange(piece.byteLength);
  }

  #leave(position: Position): void {
    if (!this.#positions.delete(position)) return;
    if (!this.#isKept) this.#trim();
    if (this.isRead) return;
    // Whoever comes next goes on from there.
    this.#stop();
    this.#events.onLeft();
  }

  #stop(): void {
    this.#ending.abort();
    this.#ending = new AbortController();
    this.#pulling = undefined;
    this.#source?.close();
    this.#source = undefined;
  }

  #trim(): void {
    const first = Math.min(
      ...[...this.#positions].map(({ piece }) => piece),
      this.#gone + this.#pieces.length,
    );
    while (this.#gone < first) this.#drop();
  }

  #drop(): void {
    const piece = this.#pieces.shift();
    if (piece === undefined) return;
    this.#gone += 1;
    this.#keptBytes -= piece.byteLength;
    this.#events.onChange(-piece.byteLength);
  }
}

interface Reading {
  next(): Promise<Buffer | 'behind' | undefined>;
  /** Goes on without the others. */
  alone(): Promise<BlobReader>;
  close(): void;
}

class SharedReader implements BlobReader {
  readonly #reading: Reading;
  #own: BlobReader | undefined;
  #isClosed = false;

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  async read(): Promise<Buffer | undefined> {
    if (this.#own !== undefined) return await this.#own.read();
    const piece = await this.#reading.next();
    if (piece !== 'behind') return piece;
    const own = await this.#reading.alone();
    if (this.#isClosed) own.close();
    this.#own = own;
    this.#reading.close();
    return await own.read();
  }

  close(): void {
    this.#isClosed = true;
    this.#own?.close();
    this.#reading.close();
  }
}
