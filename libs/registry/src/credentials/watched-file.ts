import { readFile, stat } from 'node:fs/promises';
import { SyncError } from '@regfleet/model';
import { exhausted } from '../http/exhausted.ts';
import { readInTime } from '../http/read-in-time.ts';

/** What a file was like at a moment. */
interface Look {
  readonly stamp: string;
  /** Absent: whoever looked knew what the file of that stamp holds. */
  readonly bytes?: Buffer;
}

/** Looks that have not returned, by path. Each holds a thread of this process, and all registries may have their logins in one file. */
const looks = new Map<string, Promise<Look>>();

/**
 * The parsed content of a file that may be replaced or edited at any time, as Kubernetes does with mounted secrets.
 *
 * Every read asks the file system for the identity of the file behind all links (device, inode, size, times) and
 * parses again only when that differs.
 */
export class WatchedFile<T> {
  readonly #path: string;
  readonly #parse: (text: string) => T;
  #read: { readonly stamp: string; readonly value: T } | undefined;
  readonly #readMs: number | undefined;

  /** @param readMs - after so long a read has failed; absent: what suits files. */
  constructor(path: string, parse: (text: string) => T, readMs?: number) {
    this.#path = path;
    this.#parse = parse;
    this.#readMs = readMs;
  }

  /**
   * Absent: there is no such file.
   *
   * @throws {SyncError} `CREDENTIALS_INVALID` when it cannot be read or is not UTF-8, `TIMED_OUT` when that takes long; whatever
   *   `parse` throws.
   */
  async read(): Promise<T | undefined> {
    try {
      return await readInTime(`the file ${this.#path}`, () => this.#readNow(), this.#readMs);
    } catch (error) {
      const code = fileErrorCode(error);
      if (code === undefined) throw error;
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
      const lack = exhausted(error, `read ${this.#path}`);
      if (lack !== undefined) throw lack;
      throw new SyncError('CREDENTIALS_INVALID', {
        message: `cannot read ${this.#path}: ${code}`,
        hint: 'the user that regfleet runs as must be able to read it',
        cause: error,
      });
    }
  }

  async #readNow(): Promise<T> {
    for (;;) {
      const { stamp, bytes } = await lookAt(this.#path, this.#read?.stamp);
      if (this.#read?.stamp === stamp) return this.#read.value;
      if (bytes === undefined) continue;
      const value = this.#parse(decode(this.#path, bytes));
      this.#read = { stamp, value };
      return value;
    }
  }
}

/** Joins whoever is at it. @param known - the stamp of what need not be read. */
function lookAt(path: string, known: string | undefined): Promise<Look> {
  const running = looks.get(path);
  if (running !== undefined) return running;
  const started = lookNow(path, known).finally(() => looks.delete(path));
  looks.set(path, started);
  return started;
}

async function lookNow(path: string, known: string | undefined): Promise<Look> {
  const stamp = await stampOf(path);
  return stamp === known ? { stamp } : { stamp, bytes: await readFile(path) };
}

async function stampOf(path: string): Promise<string> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
  return [dev, ino, size, mtimeNs, ctimeNs].join(':');
}

function decode(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new SyncError('CREDENTIALS_INVALID', {
      message: `${path} is not UTF-8 text`,
      hint: 'save the file as UTF-8',
      cause: error,
    });
  }
}

const fileErrorCode = (error: unknown): string | undefined =>
  error instanceof Error && 'syscall' in error && 'code' in error ? String(error.code) : undefined;
