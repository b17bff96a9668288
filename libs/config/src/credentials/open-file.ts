import type { ParseContext } from '../sections/context.ts';
import type { Sourced } from '../yaml/sourced.ts';

/**
 * Warns, once, of secrets in a file that everybody may read or change.
 *
 * @param literal - what of the secret is written in the file; empty: it comes from the environment.
 */
export function warnOfOpenConfig(entry: Sourced<string>, literal: string, context: ParseContext): void {
  if (literal === '') return;
  const hint = `, or write \${NAME} in their place to take them from the environment`;
  warn(entry, { path: context.file, what: 'config', holds: 'this file holds secrets', hint }, context);
}

/** Warns of the file of a password that everybody may read or change. */
export function warnOfOpenPasswordFile(entry: Sourced<string>, path: string, context: ParseContext): void {
  warn(entry, { path, what: 'password-file', holds: `${path} holds a password`, hint: '' }, context);
}

/** Warns of the file of a private key that everybody may read or change. */
export function warnOfOpenKeyFile(entry: Sourced<string>, path: string, context: ParseContext): void {
  warn(entry, { path, what: 'key-file', holds: `${path} holds a private key`, hint: '' }, context);
}

interface SecretFile {
  readonly path: string;
  /** As rules are named for it. */
  readonly what: 'config' | 'password-file' | 'key-file';
  readonly holds: string;
  /** Goes on from a command. */
  readonly hint: string;
}

function warn(entry: Sourced<string>, file: SecretFile, { publicAccess, report }: ParseContext): void {
  const { canRead = false, canWrite = false } = publicAccess?.(file.path) ?? {};
  const found = [
    ...(canRead ? [{ rule: `${file.what}-world-readable`, verb: 'read', right: 'r' }] : []),
    ...(canWrite ? [{ rule: `${file.what}-world-writable`, verb: 'change', right: 'w' }] : []),
  ];
  for (const { rule, verb, right } of found) {
    if (file.what === 'config' && report.has(rule)) continue;
    report.warning(entry.at, {
      rule,
      message: `${file.holds}, and everybody on this machine can ${verb} it`,
      hint: `chmod o-${right} ${file.path}${file.hint}`,
    });
  }
}
