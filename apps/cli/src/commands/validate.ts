import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';

/** `regfleet validate`: every issue of the config with its line; starts nothing and asks no registry. */
export function validateCommand(parent: Command, context: CommandContext): void {
  parent
    .command('validate')
    .summary('check the config file, every issue with its line')
    .description(
      'Reads the config file and reports every issue as FILE:LINE:COLUMN. No registry and no Redis is asked. ' +
        'Exits with 0 when the file is valid (warnings allowed), with 2 when it is not.',
    )
    .action(async () => (await import('../actions/validate.ts')).validate(context));
}
