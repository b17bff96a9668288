import type { Command } from 'commander';
import type { LoginCheckFlags } from '../actions/login-check.ts';
import type { CommandContext } from '../context.ts';
import { taskOption } from '../tasks.ts';

/** `regfleet login-check`: whether the credentials of the config are taken. */
export function loginCheckCommand(parent: Command, context: CommandContext): void {
  parent
    .command('login-check')
    .summary('try the credentials of every registry; copies nothing')
    .description(
      'Logs in to every registry of the config as every account: those that the tasks use, each side by itself, and those under ' +
        'registries. For each mapping it asks what a copy asks first, and says what was let through: at the source for the tags, or for ' +
        'the image that the mapping names; at the target for a login that may push. Of what a regex chooses the first repository is asked ' +
        'about. An upload is not begun, so a target that takes passwords, or gives tokens that cannot be read, may still refuse a push. ' +
        'Where no repository asks for a login, and for what only registries names, GET /v2/ shows whether the credentials are taken. ' +
        'What the answers showed of the ways of a registry, as that it refuses HEAD, is told as well. Nothing is written. Exits with 0 when no login failed.',
    )
    .addOption(taskOption('only the registries of these tasks; may be repeated'))
    .action(async (flags: LoginCheckFlags) =>
      (await import('../actions/login-check.ts')).loginCheck(context, flags),
    );
}
