import type { OnReadOpts, Socket } from 'node:net';
import { buildConnector } from 'undici';

// Node reads 64 KiB at once by itself. A processor's own cache holds a few of these.
const BUFFER_BYTES = 128 * 1024;

const lentBuffers = new WeakSet<ArrayBufferLike>();

const loans = new WeakMap<Socket, Loan>();

/**
 * Connects sockets that read into one buffer each, again and again, instead of a new one for every read.
 *
 * Whoever reads from such a socket gets a view of the buffer. It is lent until more is asked for, and nothing is read from the
 * connection until then; whoever wants to keep it longer takes a copy (`kept`).
 */
export function lendingConnector(options: buildConnector.BuildOptions): buildConnector.connector {
  const connect = buildConnector({ ...options, ...{ onread: lentBuffer() } });
  return (way, callback) =>
    connect(way, (...outcome) => {
      const [, socket] = outcome;
      if (socket) loanOf(socket);
      callback(...outcome);
    });
}

function lentBuffer(): OnReadOpts {
  let isRead = false;
  return {
    // Asked for when a socket is made, and after each of its reads, where no answer means the same one.
    buffer: () => {
      if (isRead) {
        isRead = false;
        return undefined as unknown as Uint8Array;
      }
      return lendable(BUFFER_BYTES);
    },
    callback(this: unknown, bytes: number, buffer: Uint8Array): boolean {
      const isFree = loanOf(this as Socket).lend(Buffer.from(buffer.buffer, buffer.byteOffset, bytes));
      isRead = true;
      return isFree;
    },
  };
}

/** Memory whose views are lent: whoever reads into it waits until more is asked for. */
export function lendable(bytes: number): Buffer {
  const buffer = Buffer.allocUnsafeSlow(bytes);
  lentBuffers.add(buffer.buffer);
  return buffer;
}

/** True: it is read into again once more is asked for. */
export const isLent = (chunk: Buffer): boolean => lentBuffers.has(chunk.buffer);

/** The same bytes, in memory that nobody reads into again. */
export const kept = (chunk: Buffer): Buffer => (isLent(chunk) ? Buffer.from(chunk) : chunk);

function loanOf(socket: Socket): Loan {
  const known = loans.get(socket);
  if (known !== undefined) return known;
  const loan = new Loan(socket);
  loans.set(socket, loan);
  return loan;
}

/** Who has the buffer of a socket: nobody, or its reader, until that one asks for more. */
class Loan {
  readonly #socket: Socket;
  readonly #readOn: () => void;
  #unread: Buffer | undefined;
  #isOut = false;
  #isLending = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    const read = socket.read.bind(socket);
    this.#readOn = () => void read(0);
    socket.read = (size?: number): Buffer | null => (size === 0 ? read(0) : this.#next());
    socket.unshift = (rest: Buffer): void => {
      if (rest.byteLength > 0) this.#unread = rest;
    };
  }

  /** False: it is not to be read into yet. */
  lend(view: Buffer): boolean {
    this.#unread = view;
    this.#isLending = true;
    this.#socket.emit('readable');
    this.#isLending = false;
    return this.#unread === undefined && !this.#isOut;
  }

  #next(): Buffer | null {
    const view = this.#unread;
    this.#unread = undefined;
    this.#isOut = view !== undefined;
    if (view !== undefined) return view;
    if (!this.#isLending) this.#readOn();
    return null;
  }
}
