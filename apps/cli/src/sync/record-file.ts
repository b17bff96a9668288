import { constants } from 'node:fs';
import { lstat, open, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SyncRecords } from '@regfleet/fleet';
import { memoryRecords } from '@regfleet/local';
import { formatRecord, type Logger, parseRecord, SyncError, type SyncRecord } from '@regfleet/model';
import { localRedisName, makePrivateFolder } from '@regfleet/runtime';
import { emptyFlag } from '../flags.ts';

/** Sync records that another process of the same config finds again. */
export interface RecordFile extends SyncRecords {
  /** Writes what is not written yet; never fails, since all that is lost are copies that would have been spared. */
  close(): Promise<void>;
}

export interface RecordFileOptions {
  /** `--state`: the file is in a subfolder of the config's own, as the Redis of `up` is. */
  readonly state: string;
  readonly configFile: string;
  readonly logger: Logger;
  /** Default 20,000 images, some 6 MB. */
  readonly limit?: number;
  /** How long what was copied may be unwritten while the process goes on; default ten seconds. */
  readonly saveEveryMs?: number;
}

const NAME = 'sync-records';
// Names the form of the lines; a file that begins otherwise is of another release, or none of ours.
const HEADER = 'regfleet sync records 1';
const LIMIT = 20_000;
const SAVE_EVERY_MS = 10_000;
// Twice what we write with names as long as they may be.
const MAX_BYTES = 32 * 1024 * 1024;
const DAY_MS = 24 * 60 * 60 * 1000;
const LINE = /^(\S{1,1000}) (\S{0,200})\t([^\t]{1,500})$/;

/**
 * Sync records in memory, of which those outlive the process that a comparison of both sides cannot replace: of images whose
 * digest the copy has changed, or with which goes what belongs to them.
 *
 * @throws {SyncError} `USAGE_INVALID` where the folder cannot be made, or is somebody else's.
 */
export async function openRecordFile(options: RecordFileOptions): Promise<RecordFile> {
  const folder = await folderOf(options);
  await makePrivateFolder(folder, unusable);
  const file = new StoredRecords(join(folder, NAME), options);
  await file.read();
  return file;
}

/** What `openRecordFile` would find, for those who write nothing. @throws {SyncError} `USAGE_INVALID` where no folder is named. */
export async function readRecordFile(options: RecordFileOptions): Promise<RecordFile> {
  const file = new StoredRecords(join(await folderOf(options), NAME), options);
  await file.read();
  return { get: file.get, set: async () => undefined, close: async () => undefined };
}

async function folderOf({ state, configFile }: RecordFileOptions): Promise<string> {
  if (state === '') throw emptyFlag('--state', 'name a folder, or leave it out');
  return join(state, await localRedisName(configFile));
}

const unusable = (path: string, why: string, cause?: unknown): SyncError =>
  new SyncError('USAGE_INVALID', {
    message: `the folder ${path} cannot hold the sync records: ${why}`,
    hint: 'name another one with --state',
    cause,
  });

class StoredRecords implements RecordFile {
  readonly #memory = memoryRecords();
  readonly #path: string;
  readonly #logger: Logger;
  readonly #limit: number;
  readonly #saveEveryMs: number;
  #isDirty = false;
  #savedAtMs = performance.now();
  #saving: Promise<void> = Promise.resolve();
  /** The file as we left it: another one was written by somebody else since. */
  #mark = '';

  constructor(path: string, { logger, limit = LIMIT, saveEveryMs = SAVE_EVERY_MS }: RecordFileOptions) {
    this.#path = path;
    this.#logger = logger;
    this.#limit = limit;
    this.#saveEveryMs = saveEveryMs;
  }

  get: SyncRecords['get'] = (key) => this.#memory.get(key);

  set: SyncRecords['set'] = async (key, record) => {
    await this.#memory.set(key, record);
    this.#isDirty ||= isWorthKeeping(record);
    if (performance.now() - this.#savedAtMs >= this.#saveEveryMs) void this.#save();
  };

  async close(): Promise<void> {
    await this.#save();
  }

  /** Takes from the file what is newer than what is known. */
  async read(): Promise<void> {
    const mark = await markOf(this.#path);
    if (mark === this.#mark) return;
    this.#mark = mark;
    const text = await readOwn(this.#path).catch((error: unknown) => this.#lost(error));
    if (text === undefined) return;
    const [header, ...lines] = text.trimEnd().split('\n');
    if (header !== HEADER) {
      this.#lost(new Error('it does not begin as one of ours'));
      return;
    }
    const damaged = [];
    for (const line of lines) if (!(await this.#take(line))) damaged.push(line);
    if (damaged.length > 0) this.#lost(new Error(`${damaged.length} of ${lines.length} lines are damaged`));
  }

  /** @returns false for a line that is no record. */
  async #take(line: string): Promise<boolean> {
    const [, target = '', platform = '', text = ''] = LINE.exec(line) ?? [];
    const record = parseRecord(text);
    // One of a time to come would be believed for longer than any other.
    if (target === '' || record === undefined || record.syncedAtMs > Date.now() + DAY_MS) return false;
    const key = { target, platform };
    const known = await this.#memory.get(key);
    if (known === undefined || known.syncedAtMs < record.syncedAtMs) await this.#memory.set(key, record);
    return true;
  }

  #lost(error: unknown): undefined {
    this.#logger.warn(
      { file: this.#path, error },
      'sync records cannot be read: images whose digest changed when they were copied may be copied once more',
    );
  }

  #save(): Promise<void> {
    this.#savedAtMs = performance.now();
    this.#saving = this.#saving.then(async () => {
      if (!this.#isDirty) return;
      this.#isDirty = false;
      await this.#write().catch((error: unknown) => {
        this.#isDirty = true;
        this.#logger.warn(
          { file: this.#path, error },
          'sync records cannot be written: the next process may copy images again whose digest changed',
        );
      });
    });
    return this.#saving;
  }

  /** A reader finds the file as it was, or as it is to be. */
  async #write(): Promise<void> {
    // What another process has written meanwhile is kept.
    await this.read();
    const kept = [...this.#memory.entries()].filter(([, record]) => isWorthKeeping(record));
    const lines = kept.slice(-this.#limit).map(([key, record]) => `${key}\t${formatRecord(record)}`);
    const draft = `${this.#path}.${process.pid}`;
    try {
      await rm(draft, { force: true });
      await writeFile(draft, `${[HEADER, ...lines].join('\n')}\n`, { mode: 0o600, flag: 'wx' });
      await rename(draft, this.#path);
    } catch (error) {
      await rm(draft, { force: true }).catch(() => undefined);
      throw error;
    }
    this.#mark = await markOf(this.#path);
  }
}

const isWorthKeeping = ({ sourceDigest, targetDigest, referrers }: SyncRecord): boolean =>
  sourceDigest !== targetDigest || referrers !== undefined;

/** Tells one file from the one that takes its place; empty: there is none. */
async function markOf(path: string): Promise<string> {
  const found = await lstat(path).catch(() => undefined);
  return found === undefined ? '' : `${found.ino} ${found.mtimeMs} ${found.size}`;
}

/** Absent: there is none. @throws {Error} when it is none that this user has written, or much too large. */
async function readOwn(path: string): Promise<string | undefined> {
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const found = await file.stat();
    if (!found.isFile() || found.uid !== process.getuid?.()) throw new Error('it is no file of this user');
    if (found.size > MAX_BYTES) throw new Error(`it is larger than ${MAX_BYTES} bytes`);
    return await file.readFile('utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
