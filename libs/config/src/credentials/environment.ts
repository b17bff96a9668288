import type { ParseContext } from '../sections/context.ts';
import type { Sourced } from '../yaml/sourced.ts';

const REFERENCE = /\$\$|\$\{([^}]*)\}?/g;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * `entry` with `${NAME}` replaced by the environment variable and `$$` by `$`; any other `$` stays.
 *
 * @returns undefined when a variable is missing, which has been reported where it should be here.
 */
export function expandEnvironment(entry: Sourced<string>, context: ParseContext): string | undefined {
  let isComplete = true;
  const text = entry.value.replace(REFERENCE, (reference, name?: string) => {
    if (name === undefined) return '$';
    const value = NAME.test(name) && reference.endsWith('}') ? context.env[name] : undefined;
    if (value !== undefined && value !== '') return value;
    isComplete = false;
    reportMissing({ entry, name, reference }, context);
    return '';
  });
  return isComplete ? text : undefined;
}

/** What of a text is written in the file: `${NAME}` left out, `$` for `$$`. */
export const literalOf = (text: string): string =>
  text.replace(REFERENCE, (_, name?: string) => (name === undefined ? '$' : ''));

/** The variables that a text names. */
export const namedVariables = (text: string): string[] =>
  [...text.matchAll(REFERENCE)].flatMap(([, name]) => (name === undefined ? [] : [name]));

/** A text of which variables are not set, as it may be elsewhere. Absent: nothing of it can be told, since it begins with one. */
export function guessedText(
  text: string,
  { env }: Pick<ParseContext, 'env'>,
  guess: string,
): string | undefined {
  if (text.startsWith('${')) return undefined;
  return text.replace(REFERENCE, (_, name?: string) => (name === undefined ? '$' : env[name] || guess));
}

function reportMissing(
  { entry, name, reference }: { entry: Sourced<string>; name: string; reference: string },
  { report, secrets }: ParseContext,
): void {
  if (NAME.test(name) && reference.endsWith('}')) {
    if (secrets === 'elsewhere') return;
    report.error(entry.at, {
      rule: 'env-unset',
      message: `the environment variable ${name} is not set, or empty`,
      hint: `set ${name} for this process, or write $\${...} for a literal \${...}`,
    });
  } else {
    // The text may be a password: it is not shown.
    report.error(entry.at, {
      rule: 'env-invalid',
      message: 'not a reference to an environment variable',
      hint: `write \${NAME} with letters, digits and _, or $$ for a literal $`,
    });
  }
}
