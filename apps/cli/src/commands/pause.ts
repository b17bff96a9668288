import type { Command } from 'commander';
import type { PauseFlags } from '../actions/pause.ts';
import type { CommandContext } from '../context.ts';
import { scopeOptions } from './scope-options.ts';

const EXAMPLES = `
Examples:
  regfleet pause --registry harbor.example.com --for 2h --reason "they upgrade"
  regfleet pause --task nightly --now
  regfleet pause --all`;

/** `regfleet pause`: holds a task, a registry or everything back. */
export function pauseCommand(parent: Command, context: CommandContext): void {
  const command = parent
    .command('pause')
    .summary('hold a task, a registry or everything back')
    .description(
      'From then on no process of the fleet begins a copy, a listing or a comparison of what is paused. Copies under way have 30 ' +
        'seconds to end, then they are handed back without an attempt being spent; with --now at once. Nothing fails and nothing is ' +
        'lost: firings wait, one for each task, and what waits goes on when it is resumed. Pausing what is paused replaces reason and time.',
    );
  scopeOptions(command, 'hold back')
    .option('--reason <text>', 'why, for those who see it in the status of the fleet')
    .option('--for <duration>', 'for how long, as 90s, 30m or 2h; absent: until it is resumed')
    .option('--now', 'hand copies under way back at once', false)
    .addHelpText('after', EXAMPLES)
    .action(async (flags: PauseFlags) => (await import('../actions/pause.ts')).pause(context, flags));
}
