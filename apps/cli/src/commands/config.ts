import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';

/** `regfleet config`: the config as it is in force; asks no registry and no Redis. */
export function configCommand(parent: Command, context: CommandContext): void {
  parent
    .command('config')
    .summary('the config as it is in force, and where each value comes from')
    .description(
      'Prints the config file with defaults filled in, and in each task what it has from the levels above: a valid config again, but for the ' +
        'secrets, which are masked. Behind each value stands the line that says it, the key of another level where it is that one, variables ' +
        'of the environment that it was made of, or "default". What depends on an image, as `to` and `platform` where they are not written, is ' +
        'left out. Exits with 2 when the file is invalid.',
    )
    .action(async () => (await import('../actions/config.ts')).config(context));
}
