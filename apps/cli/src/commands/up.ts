import { homedir } from 'node:os';
import { join } from 'node:path';
import { startLocalRedis } from '@regfleet/runtime';
import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { redisAddress } from '../fleet-access.ts';
import {
  addExpansionFlags,
  addServiceFlags,
  addWorkerFlags,
  type ExpansionFlags,
  type ServiceFlags,
  type WorkerFlags,
} from '../service/flags.ts';
import { startSchedulerPart, startWorkerPart } from '../service/parts.ts';
import { runService } from '../service/run-service.ts';

type UpFlags = ServiceFlags & WorkerFlags & ExpansionFlags & { readonly state?: string };

/** `regfleet up`: scheduler and worker in one process. */
export function upCommand(parent: Command, context: CommandContext): void {
  const command = parent
    .command('up')
    .summary('scheduler and worker in one process, with a Redis of its own when none is configured')
    .description(
      'For one machine. Where no Redis is configured, redis-server or valkey-server is started on a private socket in the state\n' +
        'folder and keeps schedules, queues and sync records there. Further workers need a configured Redis.',
    );
  addExpansionFlags(addWorkerFlags(addServiceFlags(command)))
    .option(
      '--state <folder>',
      'state folder of the local Redis (default: $XDG_STATE_HOME/regfleet or ~/.local/state/regfleet)',
    )
    .action((flags: UpFlags) =>
      runService(context, {
        name: 'up',
        flags,
        redis: async (config, logger) => {
          const configured = redisAddress(context, config);
          if (configured !== undefined) return configured;
          const local = await startLocalRedis({ stateDir: flags.state ?? stateFolder(context), logger });
          return { url: local.url, prefix: 'regfleet', stop: local.stop };
        },
        start: async (deps) => [await startWorkerPart(deps, flags), await startSchedulerPart(deps, flags)],
      }),
    );
}

/** https://specifications.freedesktop.org/basedir-spec/latest/ */
function stateFolder({ terminal }: CommandContext): string {
  return join(terminal.env.XDG_STATE_HOME ?? join(homedir(), '.local', 'state'), 'regfleet');
}
