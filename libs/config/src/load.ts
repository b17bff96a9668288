import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { decodeText } from './decode-text.ts';
import type { ParsedConfig } from './model.ts';
import { type ParseOptions, parseWritten, type WrittenConfig } from './parse.ts';
import { configName, readConfigBytes } from './read-config.ts';
import type { PublicAccess } from './sections/context.ts';

export interface LoadOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** As `ParseOptions` has it. */
  readonly secrets?: ParseOptions['secrets'];
}

/**
 * Reads and checks a config file.
 *
 * @param file - `-` is standard input, which can be read once.
 * @throws {SyncError} `CONFIG_UNREADABLE` when the file cannot be read, or is no text; what is wrong inside are issues.
 */
export async function loadConfig(file: string, options: LoadOptions): Promise<ParsedConfig> {
  const { written, ...loaded } = await loadWritten(file, options);
  return loaded;
}

/** As `loadConfig`, with the keys of the file. */
export async function loadWritten(file: string, options: LoadOptions): Promise<WrittenConfig> {
  const name = configName(file);
  const bytes = await readConfigBytes(file);
  const outside = { ...options, fileExists: isReadableFile, publicAccess };
  return parseWritten(decodeText(bytes, name), { ...outside, file: name });
}

function isReadableFile(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

const READ_BY_OTHERS = 0o004;
const WRITE_BY_OTHERS = 0o002;
const ENTER_BY_OTHERS = 0o001;

/** By the modes of the file and of the folders above it, where links have been followed; access lists are not looked at. */
function publicAccess(path: string): PublicAccess {
  try {
    const file = realpathSync(path);
    const { mode } = statSync(file);
    const isReached = foldersAbove(file).every((folder) => (statSync(folder).mode & ENTER_BY_OTHERS) !== 0);
    return {
      canRead: isReached && (mode & READ_BY_OTHERS) !== 0,
      canWrite: isReached && (mode & WRITE_BY_OTHERS) !== 0,
    };
  } catch {
    return { canRead: false, canWrite: false };
  }
}

function foldersAbove(path: string): string[] {
  const folder = dirname(path);
  return folder === path ? [] : [folder, ...foldersAbove(folder)];
}
