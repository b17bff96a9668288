import type { Command } from 'commander';

export const SHELLS = ['bash', 'zsh'] as const;

export type Shell = (typeof SHELLS)[number];

/** What may follow each command: its flags, those of all commands, and its own commands. */
function wordsOf(program: Command, command: Command): string {
  const flags = [...command.options, ...program.options].flatMap(({ short, long, hidden }) =>
    hidden ? [] : [long ?? short ?? ''],
  );
  const commands = command.commands.map((child) => child.name());
  return [...new Set([...commands, ...flags, '--help'])].join(' ');
}

/** Flags of all commands that take a value: the word after one is no command. */
const takers = (program: Command): string =>
  program.options
    .filter((option) => option.required)
    .flatMap(({ short, long }) => [short, long].filter((name) => name !== undefined))
    .join('|');

/** The script for a shell. Words are names of commands and flags of ours, which need no quotes. */
export function completionScript(program: Command, shell: Shell): string {
  const cases = program.commands.map(
    (command) => `    ${command.name()}) candidates="${wordsOf(program, command)}" ;;`,
  );
  const names = program.commands.map((command) => command.name()).join('|');
  const body = `  case "$command" in
${cases.join('\n')}
    *) candidates="${wordsOf(program, program)}" ;;
  esac`;
  return shell === 'bash'
    ? bashScript({ takers: takers(program), names, body })
    : zshScript({ takers: takers(program), names, body });
}

interface ScriptParts {
  readonly takers: string;
  /** Of commands, with a bar between. */
  readonly names: string;
  /** Sets `candidates` by `command`. */
  readonly body: string;
}

const bashScript = ({ takers, names, body }: ScriptParts): string => `# bash completion for regfleet
_regfleet() {
  local current="\${COMP_WORDS[COMP_CWORD]}" command='' candidates='' previous='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$previous" in ${takers}) previous='' ; continue ;; esac
    case "$word" in ${names}) command="$word" ; break ;; esac
    previous="$word"
  done
  COMPREPLY=()
  case "\${COMP_WORDS[COMP_CWORD-1]}" in
    -c|--config|--state) return ;;
  esac
${body}
  COMPREPLY=($(compgen -W "$candidates" -- "$current"))
}
# Where nothing fits, files: of a config, of a state folder.
complete -o default -F _regfleet regfleet`;

const zshScript = ({ takers, names, body }: ScriptParts): string => `#compdef regfleet
_regfleet() {
  local command='' candidates='' previous='' word
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$previous" in ${takers}) previous='' ; continue ;; esac
    case "$word" in ${names}) command="$word" ; break ;; esac
    previous="$word"
  done
  case "\${words[CURRENT-1]}" in
    -c|--config|--state) _files ; return ;;
  esac
${body}
  compadd -- \${=candidates} || _files
}
# As a file of fpath it is read by the call that it is to answer.
if [ "$funcstack[1]" = _regfleet ]; then _regfleet "$@"; else compdef _regfleet regfleet; fi`;
