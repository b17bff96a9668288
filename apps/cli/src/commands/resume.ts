import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import type { ScopeFlags } from '../hold-scopes.ts';
import { scopeOptions } from './scope-options.ts';

const EXAMPLES = `
Examples:
  regfleet resume --registry harbor.example.com
  regfleet resume --all`;

/** `regfleet resume`: lifts what `pause` holds back. */
export function resumeCommand(parent: Command, context: CommandContext): void {
  const command = parent
    .command('resume')
    .summary('let go on what was paused')
    .description(
      'Ends what `pause` has begun, whoever did; --all ends every pause. Work goes on within two seconds. What was not paused is no ' +
        'failure. Pauses that the fleet has made itself, as for a registry that is down, end where --registry names it: it is asked again at ' +
        'once. Others stay, and are told of.',
    );
  scopeOptions(command, 'let go on')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: ScopeFlags) => (await import('../actions/resume.ts')).resume(context, flags));
}
