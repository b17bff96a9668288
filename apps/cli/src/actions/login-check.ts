import { printable, type SerialisedSyncError } from '@regfleet/model';
import { createRegistries } from '@regfleet/registry';
import { interruptSignal } from '@regfleet/runtime';
import { commandLogger } from '../command-logger.ts';
import { configFile, readConfig } from '../config-file.ts';
import type { CommandContext } from '../context.ts';
import { EXIT, exitCodeOfAll } from '../exit-code.ts';
import { type CheckedLogin, checkLogins, type LoginResult } from '../logins/check.ts';
import { furtherLogins, loginsOfTasks } from '../logins/collect.ts';
import { findingText } from '../logins/findings.ts';
import { formatError } from '../output/errors.ts';
import { formatTable } from '../output/table.ts';
import { tasksNamed } from '../tasks.ts';

export interface LoginCheckFlags {
  readonly task?: string[];
}

/** Tries every login and prints what was found. */
export async function loginCheck(context: CommandContext, flags: LoginCheckFlags): Promise<void> {
  const { terminal, options, finish } = context;
  const config = await readConfig(configFile(options().config, terminal.env), terminal);
  const tasks = flags.task === undefined ? config.tasks : tasksNamed(config, flags.task);
  const registries = createRegistries({
    logger: commandLogger(terminal, 'login-check'),
    env: terminal.env,
    limits: config.limits,
  });
  const signal = interruptSignal();
  try {
    const used = await loginsOfTasks(tasks, registries, signal);
    const further = flags.task === undefined ? await furtherLogins(config, used, { registries, signal }) : [];
    const { lister } = config;
    const checked = await checkLogins([...used, ...further], { registries, lister, signal });
    terminal.out(
      options().json ? JSON.stringify(checked, undefined, 2) : format(checked, terminal.tableColumns),
    );
    const errors = checked.flatMap(({ error }) => error ?? []);
    finish(errors.length === 0 ? EXIT.ok : exitCodeOfAll(errors));
  } finally {
    await registries.close();
  }
}

const RESULTS: Readonly<Record<LoginResult, string>> = {
  'logged-in': 'logged in',
  anonymous: 'anonymous',
  unproven: 'not proved',
  failed: 'failed',
};

/** A row per login; then every failure as a whole. */
function format(checked: readonly CheckedLogin[], columns: number | undefined): string {
  if (checked.length === 0) return 'the config names no registry';
  const rows = checked.map((login) => [
    login.side ?? '',
    login.repository === undefined ? login.registry : `${login.registry}/${login.repository}`,
    login.account ?? '',
    login.provider ?? '',
    login.error === undefined ? RESULTS[login.result] : `failed: ${login.error.code}`,
    login.hint ?? '',
  ]);
  const table = formatTable(['side', 'registry', 'account', 'provider', 'result', 'hint'], rows, { columns });
  const failures = checked.flatMap(({ error }) => (error === undefined ? [] : [formatFailure(error)]));
  const sections = [
    [table],
    checked.flatMap(proofLine),
    // Both sides of one registry share what is known of it.
    [...new Set(checked.flatMap(learntLine))],
    failures,
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

const MOST_PROOFS = 10;

function proofLine({ side, registry, proved = [] }: CheckedLogin): string[] {
  if (proved.length === 0) return [];
  const more = proved.length > MOST_PROOFS ? `, and ${proved.length - MOST_PROOFS} more` : '';
  return [printable(`${side} ${registry}: ${proved.slice(0, MOST_PROOFS).join('; ')}${more}`)];
}

function learntLine({ registry, learnt = [] }: CheckedLogin): string[] {
  return learnt.length === 0
    ? []
    : [printable(`learnt of ${registry}: ${learnt.map(findingText).join('; ')}`)];
}

/** Its hint is in the table. */
function formatFailure({ hint: _, ...error }: SerialisedSyncError): string {
  return formatError(error);
}
