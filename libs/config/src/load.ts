import { accessSync, constants, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { SyncError } from '@regfleet/model';
import type { ParsedConfig } from './model.ts';
import { parseConfig } from './parse.ts';

export interface LoadOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Reads and checks a config file.
 *
 * @throws {SyncError} `CONFIG_UNREADABLE` when the file cannot be read; what is wrong inside are issues.
 */
export async function loadConfig(file: string, { env }: LoadOptions): Promise<ParsedConfig> {
  return parseConfig(await readText(file), { file, env, fileExists: isReadableFile, isWorldReadable });
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
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

function isWorldReadable(path: string): boolean {
  try {
    return (statSync(path).mode & READ_BY_OTHERS) !== 0;
  } catch {
    return false;
  }
}
