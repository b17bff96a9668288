import type { ParseContext } from '../sections/context.ts';
import type { Sourced } from '../yaml/sourced.ts';

const CONFIG_RULE = 'config-world-readable';

/** Warns, once, of secrets in a file that everybody may read; what comes from the environment is none of them. */
export function warnOfOpenConfig(entry: Sourced<string>, context: ParseContext): void {
  const { file, isWorldReadable, report } = context;
  if (report.has(CONFIG_RULE) || /\$\{/.test(entry.value) || !isWorldReadable?.(file)) return;
  report.warning(entry.at, {
    rule: CONFIG_RULE,
    message: 'this file holds secrets, and everybody on this machine can read it',
    hint: `chmod o-r ${file}, or write \${NAME} in their place to take them from the environment`,
  });
}

/** Warns of the file of a password that everybody may read. */
export function warnOfOpenPasswordFile(entry: Sourced<string>, path: string, context: ParseContext): void {
  if (!context.isWorldReadable?.(path)) return;
  context.report.warning(entry.at, {
    rule: 'password-file-world-readable',
    message: `everybody on this machine can read the password in ${path}`,
    hint: `chmod o-r ${path}`,
  });
}
