import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';

export interface LoginCheckFlags {
  readonly task?: string[];
}

/** `regfleet login-check`: whether the credentials of the config are taken. */
export function loginCheckCommand(parent: Command, context: CommandContext): void {
  parent
    .command('login-check')
    .summary('try the credentials of every registry; copies nothing')
    .description(
      'Logs in once to every registry of the config as every account: those of the tasks, each side by itself, and those under ' +
        'registries. What is proved is what `docker login` proves: GET /v2/ is answered with the credentials, at registries with tokens ' +
        'with a token that was given for them. Where a registry answers /v2/ without asking for a login, and where nobody is logged in, ' +
        'the manifest "latest" of the first plain repository of a source is asked for as well, with a token to pull it; it need not ' +
        'exist. Not proved: that images may be pushed, and which repositories may be read. Nothing is written. Exits with 0 when no ' +
        'login failed.',
    )
    .option('--task <name...>', 'only the registries of these tasks')
    .action(async (flags: LoginCheckFlags) =>
      (await import('../actions/login-check.ts')).loginCheck(context, flags),
    );
}
