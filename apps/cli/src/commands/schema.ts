import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';

const EXAMPLES = `
Examples:
  regfleet schema > regfleet.schema.json
  # and on the first line of the config:
  # yaml-language-server: $schema=regfleet.schema.json`;

/** `regfleet schema`: the JSON Schema of the config file. */
export function schemaCommand(parent: Command, context: CommandContext): void {
  parent
    .command('schema')
    .summary('the JSON Schema of the config file, for editors')
    .description(
      'Prints the JSON Schema of the config file as this version reads it. Editors complete keys with it, explain them, and mark what ' +
        '`validate` finds by form alone; that finds more.',
    )
    .addHelpText('after', EXAMPLES)
    .action(async () => {
      const { configJsonSchema } = await import('@regfleet/config');
      context.terminal.out(JSON.stringify(configJsonSchema(), undefined, 2));
    });
}
