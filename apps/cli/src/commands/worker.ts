import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { addWorkerFlags, asService, type ServiceFlags, type WorkerFlags } from '../service/flags.ts';

/** `regfleet worker`: the service that copies images. */
export function workerCommand(parent: Command, context: CommandContext): void {
  const command = parent
    .command('worker')
    .summary('run a service that copies images')
    .description(
      'Takes copy jobs and carries them out with the relays that work on this machine. As many as wanted may run. SIGTERM lets ' +
        'copies finish for the grace period, hands the rest back and stops; SIGHUP reads the config again.',
    );
  addWorkerFlags(asService(command, context)).action(async (flags: ServiceFlags & WorkerFlags) =>
    (await import('../actions/worker.ts')).worker(context, flags),
  );
}
