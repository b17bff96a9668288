import type { OnReadOpts, Socket } from 'node:net';
import { buildConnector } from 'undici';
import type { Framing } from './answers/answer-head.ts';
import { lendable } from './lent-buffer.ts';

// What a socket holds of small answers comes in one read.
const SHARED_BYTES = 64 * 1024;

// Of a large body. The fewer reads, the fewer turns that both sides take; for more connections than a few that would be much memory.
const OWN_BYTES = 512 * 1024;
const MOST_OF_THESE = 16;
const SMALL_OWN_BYTES = 128 * 1024;

let shared: Buffer | undefined;

const readers = new WeakMap<Socket, SocketReads>();

const ofFullSize = new Set<Socket>();

/**
 * Connects sockets without TLS that read into one buffer of this process: what is looked at before the next read needs no more. Large
 * bodies are read into one of the connection's own.
 */
export function sharedReadsConnector(options: buildConnector.BuildOptions): buildConnector.connector {
  return buildConnector({ ...options, ...{ onread: sharedReads() } });
}

function sharedReads(): OnReadOpts {
  let next: { readonly buffer: Buffer | undefined } | undefined;
  return {
    // Asked for when a socket is made, and right after each of its reads, where no answer means the same one.
    buffer: () => {
      const buffer = next === undefined ? sharedBuffer() : next.buffer;
      next = undefined;
      return buffer as Buffer;
    },
    callback(this: unknown, bytes: number, buffer: Uint8Array): boolean {
      const reads = readers.get(this as Socket);
      const goesOn = reads?.read(Buffer.from(buffer.buffer, buffer.byteOffset, bytes)) ?? false;
      next = { buffer: reads?.next(buffer) };
      return goesOn;
    },
  };
}

function sharedBuffer(): Buffer {
  shared ??= Buffer.allocUnsafeSlow(SHARED_BYTES);
  return shared;
}

/** The bytes that a socket brings. */
export class SocketReads {
  readonly #socket: Socket;
  readonly #isLending: boolean;
  readonly #take: (bytes: Buffer) => boolean;
  #isLarge = false;
  #own: Buffer | undefined;

  /**
   * @param isLending - large bodies are read into a buffer of its own, views of which are lent.
   * @param take - returns false: no more for now.
   */
  constructor(socket: Socket, isLending: boolean, take: (bytes: Buffer) => boolean) {
    this.#socket = socket;
    this.#isLending = isLending;
    this.#take = take;
    readers.set(socket, this);
    // Where nobody gave it a buffer to read into, as with TLS.
    socket.on('data', take);
  }

  /** A body is to come: so many bytes, or it is not known how many. */
  expect(framing: Framing): void {
    this.#isLarge = this.#isLending && (typeof framing === 'string' || framing > SHARED_BYTES);
  }

  read(bytes: Buffer): boolean {
    return this.#take(bytes);
  }

  /** Absent: the same as before. */
  next(current: Uint8Array): Buffer | undefined {
    if (this.#isLarge) this.#own ??= lendable(bytesFor(this.#socket));
    const wanted = this.#isLarge ? this.#own : sharedBuffer();
    return wanted?.buffer === current.buffer ? undefined : wanted;
  }
}

function bytesFor(socket: Socket): number {
  if (ofFullSize.size >= MOST_OF_THESE) return SMALL_OWN_BYTES;
  ofFullSize.add(socket);
  socket.once('close', () => ofFullSize.delete(socket));
  return OWN_BYTES;
}

/** The same bytes where nothing is read over them before their reader asks for more. */
export const unshared = (bytes: Buffer): Buffer =>
  bytes.buffer === shared?.buffer ? Buffer.from(bytes) : bytes;
