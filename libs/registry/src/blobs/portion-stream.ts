import { Readable } from 'node:stream';
import { LONGEST_TIMER_MS } from '@regfleet/model';
import { kept } from '../http/lent-buffer.ts';
import { Pace } from '../http/pace.ts';
import type { Session } from '../session/session.ts';
import { tooSlow } from './too-slow.ts';
import type { VerifiedContent } from './verified-content.ts';

export interface PortionParts {
  readonly session: Session;
  readonly request: { readonly reference: string; readonly signal?: AbortSignal | undefined };
  readonly content: VerifiedContent;
  /** Where in the blob it begins. */
  readonly offset: number;
  readonly size: number;
  /** Told the position that was reached, as the bytes leave. */
  readonly onPosition: (position: number) => void;
}

// Sockets, and those of undici, that hold as much or more tell so, and then tell when it has left.
const SURELY_HELD_UP_BYTES = 64 * 1024;

/** A part of a blob on its way out: piece by piece as the registry takes them, which must not take it too long. */
export class PortionStream extends Readable {
  readonly #parts: PortionParts;
  readonly #pace: Pace;
  #left: number;
  #given: { readonly bytes: number; readonly atMs: number } | undefined;
  #isAsking = false;
  #isHeldUp = true;
  #patience: NodeJS.Timeout | undefined;

  constructor(parts: PortionParts) {
    super();
    this.#parts = parts;
    this.#left = parts.size;
    this.#pace = new Pace(parts.session.endpoint.transport.settings.limits.pace);
  }

  override _read(): void {
    // Pieces do not pass through the stream's own buffer: what is lent has to leave before the next is asked for.
  }

  override pause(): this {
    this.#isHeldUp = true;
    return this;
  }

  override resume(): this {
    this.#isHeldUp = false;
    if (!this.#isAsking) {
      this.#isAsking = true;
      this.#give()
        .catch((error: Error) => this.destroy(error))
        .finally(() => {
          this.#isAsking = false;
        });
    }
    return this;
  }

  /** Until what was given has to leave first. */
  async #give(): Promise<void> {
    this.#taken();
    while (!this.destroyed && this.#left > 0) {
      const piece = await this.#next();
      if (this.destroyed) return;
      this.emit('data', piece.byteLength < SURELY_HELD_UP_BYTES ? kept(piece) : piece);
      if (this.#isHeldUp) return;
      this.#taken();
    }
    if (this.destroyed) return;
    this.push(null);
    super.resume();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    clearTimeout(this.#patience);
    callback(error);
  }

  async #next(): Promise<Buffer> {
    const { session, request, content, offset, size, onPosition } = this.#parts;
    const piece = await content.take(this.#left);
    const turn = session.move(piece.byteLength, request.signal);
    if (turn !== undefined) await turn;
    this.#left -= piece.byteLength;
    onPosition(offset + size - this.#left);
    this.#given = { bytes: piece.byteLength, atMs: performance.now() };
    this.#awaitTaking(piece.byteLength);
    return piece;
  }

  /** What was given last has been taken. */
  #taken(): void {
    clearTimeout(this.#patience);
    if (this.#given === undefined) return;
    const slow = this.#pace.note(performance.now() - this.#given.atMs, this.#given.bytes);
    this.#given = undefined;
    if (slow !== undefined) this.destroy(this.#tooSlow(slow));
  }

  /** A registry that takes nothing any more keeps us from ever measuring it; where any rate will do, only its answer is waited for. */
  #awaitTaking(bytes: number): void {
    const { minBytesPerSecond, windowMs } = this.#parts.session.endpoint.transport.settings.limits.pace;
    if (minBytesPerSecond === 0 || this.destroyed) return;
    const limitMs = Math.max(windowMs, (bytes * 1000) / minBytesPerSecond);
    const seen = { bytes: 0, seconds: Math.round(limitMs / 1000) };
    const giveUp = (): void => void this.destroy(this.#tooSlow(seen));
    this.#patience = setTimeout(giveUp, Math.min(limitMs, LONGEST_TIMER_MS));
  }

  #tooSlow(seen: { readonly bytes: number; readonly seconds: number }): Error {
    const { session, request } = this.#parts;
    return tooSlow('is taken', { reference: request.reference, registry: session.registry }, seen);
  }
}
