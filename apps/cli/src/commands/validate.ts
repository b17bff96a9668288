import type { Command } from 'commander';
import type { ValidateFlags } from '../actions/validate.ts';
import type { CommandContext } from '../context.ts';

const EXAMPLES = `
Examples:
  regfleet validate -c config.yaml
  regfleet validate --no-secrets          # in CI, where the secrets of the deployment are not`;

/** `regfleet validate`: every issue of the config with its line; starts nothing and asks no registry. */
export function validateCommand(parent: Command, context: CommandContext): void {
  parent
    .command('validate')
    .summary('check the config file, every issue with its line')
    .description(
      'Reads the config file and reports every issue as FILE:LINE:COLUMN. No registry and no Redis is asked. ' +
        'Exits with 0 when the file is valid (warnings allowed), with 2 when it is not.',
    )
    .option(
      '--no-secrets',
      'the secrets are elsewhere: variables that are not set, and files that the config names and that are not here, are no errors',
    )
    .addHelpText('after', EXAMPLES)
    .action(async (flags: ValidateFlags) =>
      (await import('../actions/validate.ts')).validate(context, flags),
    );
}
