import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { taskOption } from '../tasks.ts';

export interface LoginCheckFlags {
  readonly task?: string[];
}

/** `regfleet login-check`: whether the credentials of the config are taken. */
export function loginCheckCommand(parent: Command, context: CommandContext): void {
  parent
    .command('login-check')
    .summary('try the credentials of every registry; copies nothing')
    .description(
      'Logs in once to every registry of the config as every account: those that the tasks use, each side by itself, and those under ' +
        'registries. The login of a whole registry is proved as by `docker login`: GET /v2/ is answered with the credentials, or with a ' +
        'token that was given for them. The login that a file of logins has for a repository is proved there: the manifest "latest", ' +
        'which need not exist, is asked for with it. So is that of a plain repository of a source where /v2/ asks nobody for a login, and ' +
        'in place of /v2/ where nobody is logged in. Not proved: that images may be pushed, and which other repositories may be read. ' +
        'Nothing is written. Exits with 0 when no login failed.',
    )
    .addOption(taskOption('only the registries of these tasks; may be repeated'))
    .action(async (flags: LoginCheckFlags) =>
      (await import('../actions/login-check.ts')).loginCheck(context, flags),
    );
}
