import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

// Of Redis 7 and Valkey, and of Redis 6.
const DATA = ['appendonlydir', 'appendonly.aof'] as const;

// A cut end is no such damage: the server drops what is half-written by itself. Nor is a file that it may not open, or cannot write.
const DAMAGE =
  /Bad file format reading the append only file|Unexpected end of file reading the append only file|Error reading the RDB preamble|Wrong signature trying to load DB|Short read or OOM loading DB|Internal error in RDB reading|FATAL AOF MANIFEST FILE ERROR|Unable to obtain the AOF file .*: No such file/;

// Written by a newer server: whoever goes back to that one wants it again.
const TOO_NEW = /Can't handle RDB format version/;

/** Whether a server ended because it cannot read what the loss of power or a full disk left of its data. */
export const tellsOfDamage = (log: string): boolean => DAMAGE.test(log) && !TOO_NEW.test(log);

/** Moves the data out of the way of the next start. @returns where it is kept, in place of what was damaged before. */
export async function setAside(dataDir: string): Promise<string[]> {
  const kept: string[] = [];
  for (const name of DATA) {
    const path = join(dataDir, name);
    const damaged = `${path}.damaged`;
    try {
      await rm(damaged, { recursive: true, force: true });
      await rename(path, damaged);
      kept.push(damaged);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return kept;
}

/** What a server has added to its log. */
export async function logSince(logFile: string, bytes: number): Promise<string> {
  const log = await readFile(logFile).catch(() => Buffer.alloc(0));
  return log.subarray(bytes).toString();
}
