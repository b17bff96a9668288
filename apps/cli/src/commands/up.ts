import type { Command } from 'commander';
import type { UpFlags } from '../actions/up.ts';
import type { CommandContext } from '../context.ts';
import { addExpansionFlags, addWorkerFlags, asService, EXPANSION_LOCK } from '../service/flags.ts';

/** `regfleet up`: scheduler and worker in one process. */
export function upCommand(parent: Command, context: CommandContext): void {
  const command = parent
    .command('up')
    .summary('scheduler and worker in one process, with a Redis of its own when none is configured')
    .description(
      'For one machine. Where no Redis is configured, redis-server or valkey-server is started on a private socket in the state ' +
        'folder and keeps schedules, queues and sync records there, for each config file apart. The log says where; status, enqueue, ' +
        'copy and plan of the same user find it by the same config file. Further workers need a configured Redis.',
    );
  const lock = `; what it expands, after ${EXPANSION_LOCK} at most`;
  addExpansionFlags(addWorkerFlags(asService(command, context), lock))
    .option(
      '--state <folder>',
      'state folder of the local Redis, with a subfolder for each config file (default: $XDG_STATE_HOME/regfleet or ~/.local/state/regfleet)',
    )
    .action(async (flags: UpFlags) => (await import('../actions/up.ts')).up(context, flags));
}
