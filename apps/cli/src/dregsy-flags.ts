/** What a command line in dregsy's form asks for. */
export type DregsyCall =
  | { readonly kind: 'run'; readonly config?: string; readonly run?: string }
  /** `-h`, `-help`, or what dregsy does not know. */
  | { readonly kind: 'usage'; readonly problem?: string };

/** Flags of Go: one dash and a word. Ours have two dashes, or one dash and one letter with its value behind it. */
const DREGSY_FLAG = /^-([a-z][a-z-]+)(?:=(.*))?$/is;

/** As dregsy prints it, when it is asked for or its flags are wrong. */
export const DREGSY_USAGE = `Usage of regfleet sync, with the flags of dregsy:
  -config string
        path to config file
  -run string
        task filter regex
(regfleet sync --help shows its own flags)`;

export const DREGSY_SYNOPSIS = 'synopsis: regfleet sync -config={config file} [-run={task name regexp}]';

/**
 * What `sync` is asked for by dregsy's flags, read as dregsy reads them: the last of several counts, and the first word
 * that is no flag ends them.
 *
 * Absent where the command line is not in that form: another command, none of dregsy's flags, or one of ours (`--json`, `-c`).
 */
export function dregsyCall(argv: readonly string[]): DregsyCall | undefined {
  const [command, ...words] = argv;
  if (command !== 'sync') return undefined;
  const flags: Flag[] = [];
  while (words[0]?.startsWith('-') && words[0] !== '-') {
    const flag = takeFlag(words);
    if (flag === undefined) return undefined;
    flags.push(flag);
  }
  // `-h` alone is ours as well.
  return flags.some(({ name }) => name !== 'h') ? callOf(flags) : undefined;
}

interface Flag {
  readonly name: string;
  /** Absent: none was given. */
  readonly value: string | undefined;
}

/** The flag that the words begin with, which are taken away; absent: it is not of dregsy's form. */
function takeFlag(words: string[]): Flag | undefined {
  const word = words.shift() ?? '';
  if (word === '-h') return { name: 'h', value: undefined };
  const [matched, name = '', value] = DREGSY_FLAG.exec(word) ?? [];
  if (matched === undefined) return undefined;
  return { name, value: value ?? (isKnown(name) ? words.shift() : undefined) };
}

const isKnown = (name: string): boolean => name === 'config' || name === 'run';

function callOf(flags: readonly Flag[]): DregsyCall {
  for (const { name, value } of flags) {
    if (name === 'h' || name === 'help') return { kind: 'usage' };
    if (!isKnown(name)) return { kind: 'usage', problem: `flag provided but not defined: -${name}` };
    if (value === undefined) return { kind: 'usage', problem: `flag needs an argument: -${name}` };
  }
  return { kind: 'run', ...Object.fromEntries(flags.map(({ name, value }) => [name, value])) };
}

/**
 * The arguments of `sync` with dregsy's spellings (`-config FILE`, `-config=FILE`, `-run=REGEX`) as ours, for command lines
 * that have flags of both.
 *
 * Other commands take them literally: `-config` would be `-c onfig` there, as getopt reads it.
 */
export function withoutDregsyFlags(argv: readonly string[]): string[] {
  if (!argv.includes('sync')) return [...argv];
  return argv.map((word) =>
    word.replace(
      /^--?(config|run)(=.*)?$/s,
      (_, name: string, value: string | undefined) => `--${name}${value ?? ''}`,
    ),
  );
}
