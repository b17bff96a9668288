import { dirname, resolve } from 'node:path';
import type { ParseContext } from '../sections/context.ts';
import type { Sourced } from '../yaml/sourced.ts';
import { warnOfOpenKeyFile, warnOfOpenPasswordFile } from './open-file.ts';

/** The absolute path of a file that the config names; one that cannot be read is reported as `rule`. */
export function readFilePath(entry: Sourced<string>, rule: string, context: ParseContext): string {
  const { file, fileExists, report, secrets } = context;
  const path = resolve(dirname(file), entry.value);
  if (secrets === undefined && fileExists !== undefined && !fileExists(path)) {
    report.error(entry.at, {
      rule,
      message: `cannot read the file ${path}`,
      hint: 'create it and let this process read it; a relative path starts at the folder of the config file',
    });
  }
  return path;
}

/** The absolute path. */
export function readPasswordFile(entry: Sourced<string>, context: ParseContext): string {
  const path = readFilePath(entry, 'password-file-unreadable', context);
  warnOfOpenPasswordFile(entry, path, context);
  return path;
}

/** The absolute path. */
export function readKeyFile(entry: Sourced<string>, rule: string, context: ParseContext): string {
  const path = readFilePath(entry, rule, context);
  warnOfOpenKeyFile(entry, path, context);
  return path;
}
