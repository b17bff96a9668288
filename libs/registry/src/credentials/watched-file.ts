import { readFile, stat } from 'node:fs/promises';
import { SyncError } from '@regfleet/model';
import { exhausted } from '../errors/exhausted.ts';
import { withinTime } from './question.ts';

// A local file takes a moment, and a file server that is gone has calls that do not return.
const READ_MS = 10_000;

const NEVER = new AbortController().signal;

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
  /** One for all who ask: each holds a thread of this process. */
  #reading: Promise<T> | undefined;

  readonly #readMs: number;

  /** @param readMs - after so long a read has failed. */
  constructor(path: string, parse: (text: string) => T, readMs = READ_MS) {
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
      this.#reading ??= this.#readNow().finally(() => {
        this.#reading = undefined;
      });
      const reading = this.#reading;
      return await withinTime(this.#question, () => reading, NEVER);
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

  get #question() {
    const hint = 'does the server that it is on answer, and is it a plain file?';
    return { asked: `the file ${this.#path}`, hint, timeoutMs: this.#readMs };
  }

  async #readNow(): Promise<T> {
    const stamp = await stampOf(this.#path);
    if (this.#read?.stamp === stamp) return this.#read.value;
    const text = decode(this.#path, await readFile(this.#path));
    const value = this.#parse(text);
    this.#read = { stamp, value };
    return value;
  }
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
