import { Argument, type Command } from 'commander';
import { completionScript, SHELLS, type Shell } from '../completion.ts';
import type { CommandContext } from '../context.ts';

const EXAMPLES = `
Examples:
  source <(regfleet completion bash)
  regfleet completion bash > ~/.local/share/bash-completion/completions/regfleet
  regfleet completion zsh > "\${fpath[1]}/_regfleet"`;

/** `regfleet completion SHELL`: what lets a shell complete commands and flags. Knows the commands that `program` has by now. */
export function addCompletionCommand(program: Command, context: CommandContext): void {
  program
    .command('completion')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .summary('a script that lets bash or zsh complete commands and flags')
    .description(
      'Prints the script for a shell. It knows the commands and flags of this version, and files where a flag wants one.',
    )
    .addHelpText('after', EXAMPLES)
    .action((shell: Shell) => context.terminal.out(completionScript(program, shell)));
}
