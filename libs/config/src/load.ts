import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { SyncError } from '@regfleet/model';
import { decodeText } from './decode-text.ts';
import type { ParsedConfig } from './model.ts';
import { parseConfig, STDIN_NAME } from './parse.ts';
import type { PublicAccess } from './sections/context.ts';

export interface LoadOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** How a config file that is standard input is called on the command line. */
const STANDARD_INPUT = '-';

/** The file as messages name it. */
export const configName = (file: string): string => (file === STANDARD_INPUT ? STDIN_NAME : file);

/**
 * Reads and checks a config file.
 *
 * @param file - `-` is standard input, which can be read once.
 * @throws {SyncError} `CONFIG_UNREADABLE` when the file cannot be read, or is no text; what is wrong inside are issues.
 */
export async function loadConfig(file: string, { env }: LoadOptions): Promise<ParsedConfig> {
  const name = configName(file);
  const bytes = file === STANDARD_INPUT ? await buffer(process.stdin) : await readBytes(file);
  return parseConfig(decodeText(bytes, name), { file: name, env, fileExists: isReadableFile, publicAccess });
}

async function readBytes(file: string): Promise<Buffer> {
  if (file === STDIN_NAME) {
    throw new SyncError('CONFIG_UNREADABLE', {
      message: 'the config came from standard input, which cannot be read again',
      hint: 'name a file with -c, or start the process again',
    });
  }
  try {
    return await readFile(file);
  } catch (error) {
    throw new SyncError('CONFIG_UNREADABLE', {
      message: `cannot read the config file ${file}: ${error instanceof Error ? error.message : String(error)}`,
      hint: 'name an existing file with -c or REGFLEET_CONFIG, and let this process read it',
      cause: error,
    });
  }
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
