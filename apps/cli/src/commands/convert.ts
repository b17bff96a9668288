import type { ConvertRequest } from '@regfleet/config';
import { Argument, type Command } from 'commander';
import type { ConvertFlags } from '../actions/convert.ts';
import type { CommandContext } from '../context.ts';

const EXAMPLES = `
Examples:
  regfleet convert regsync regsync.yml > config.yaml
  regfleet convert skopeo sync.yml --to registry.example.com/mirror --scoped > config.yaml
  regfleet validate && regfleet plan`;

/** `regfleet convert TOOL FILE`: the config of another tool as one of ours. */
export function convertCommand(parent: Command, context: CommandContext): void {
  parent
    .command('convert')
    .addArgument(new Argument('<tool>', 'whose config it is').choices(['regsync', 'skopeo']))
    .argument(
      '<file>',
      'the config of regsync, or the file of `skopeo sync --src yaml`; - for standard input',
    )
    .summary('the config of regsync or skopeo sync as one of this program')
    .description(
      'Prints a config that chooses the same images. What has no equal is told on standard error, a line each; an entry that would ' +
        'choose something else is left out. No password is copied: variables take their place. Nothing is asked or written. Exits with 0 ' +
        'when all entries were converted, with 1 when one was left out.',
    )
    .option('--to <registry[/path]>', 'skopeo: the destination that its command line names')
    .option('--scoped', 'skopeo: as its flag, images go below the whole name of their source', false)
    .option('--all', 'skopeo: as its flag, all platforms of an image are copied', false)
    .addHelpText('after', EXAMPLES)
    .action(async (tool: ConvertRequest['tool'], file: string, flags: ConvertFlags) =>
      (await import('../actions/convert.ts')).convert(context, tool, { file, flags }),
    );
}
