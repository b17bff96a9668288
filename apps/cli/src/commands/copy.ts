import { RELAY_NAMES } from '@regfleet/model';
import type { Command } from 'commander';
import type { CopyFlags } from '../actions/copy.ts';
import type { CommandContext } from '../context.ts';

/** `regfleet copy SOURCE TARGET`: one image through the fleet. */
export function copyCommand(parent: Command, context: CommandContext): void {
  parent
    .command('copy')
    .argument('<source>', 'image to read, e.g. docker.io/library/busybox:1.36')
    .argument('<target>', 'image to write, e.g. registry.example.com/mirror/busybox:1.36')
    .summary('copy one image through the fleet, no task needed')
    .description(
      'Queues the copy of one image ahead of what schedules have queued. Workers take credentials and TLS settings from ' +
        'registries.<host> of their config, or from the locations of the task given with --task. They copy between ' +
        'registries that their config names and no others, and with --task what its mappings and tags yield. With --wait the digest is printed that the target has since.',
    )
    .option(
      '--platform <platform>',
      'os/architecture[/variant], all, or several with commas between them for an index of these; absent: the platform of the worker',
    )
    .option('--relay <relay>', `${RELAY_NAMES.join(', ')}; absent: the relay of the task or the config`)
    .option('--task <name>', 'task that yields this image; its locations give credentials and TLS settings')
    .option('--wait', 'wait until the image is copied, showing progress', false)
    .action(async (source: string, target: string, flags: CopyFlags) =>
      (await import('../actions/copy.ts')).copy(context, { source, target }, flags),
    );
}
