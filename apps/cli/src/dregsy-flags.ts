const DREGSY_FLAG = /^--?(config|run)(=.*)?$/s;

/**
 * The arguments of `sync` with dregsy's spellings (`-config FILE`, `-config=FILE`, `-run=REGEX`) as ours.
 *
 * Other commands take them literally: `-config` would be `-c onfig` there, as getopt reads it.
 */
export function withoutDregsyFlags(argv: readonly string[]): string[] {
  if (!argv.includes('sync')) return [...argv];
  return argv.map((word) =>
    word.replace(DREGSY_FLAG, (_, name: string, value: string | undefined) => `--${name}${value ?? ''}`),
  );
}
