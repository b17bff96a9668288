import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import {
  addExpansionFlags,
  addSchedulerLock,
  asService,
  type SchedulerFlags,
  type ServiceFlags,
} from '../service/flags.ts';

/** `regfleet scheduler`: the service that expands tasks into jobs. */
export function schedulerCommand(parent: Command, context: CommandContext): void {
  const command = parent
    .command('scheduler')
    .summary('run the service that expands tasks into jobs')
    .description(
      'Keeps the schedules of the config and expands each firing into one job per image that differs. Any number may run: all ' +
        'expand, one leads. SIGTERM hands its work back and stops, SIGHUP reads the config again.',
    );
  addSchedulerLock(addExpansionFlags(asService(command, context))).action(
    async (flags: ServiceFlags & SchedulerFlags) =>
      (await import('../actions/scheduler.ts')).scheduler(context, flags),
  );
}
